// An error that the API answers with: a code of the service model, AWS's wording, and further modelled members. Only the front
// door turns it into HTTP. Anything else that is thrown becomes a 500 which reveals its request id and nothing more.

export interface ApiErrorOptions {
  /** Further members of the modelled error shape, such as `OpsItemId`. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Where the model does not say: 400. */
  readonly httpStatus?: number;
  readonly cause?: unknown;
}

export class ApiError extends Error {
  readonly code: string;
  readonly members: Readonly<Record<string, unknown>>;
  readonly httpStatus: number | undefined;

  /** An empty message leaves the message member out of the answer, as AWS does for errors without text. */
  constructor(code: string, message: string, options: ApiErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code;
    this.code = code;
    this.members = options.members ?? {};
    this.httpStatus = options.httpStatus;
  }
}

/** Codes that every AWS service may answer, declared by no operation. */
export type CommonErrorCode =
  | 'ValidationException'
  | 'AccessDenied'
  | 'AccessDeniedException'
  | 'InvalidParameterValue'
  | 'ThrottlingException'
  | 'InternalFailure'
  | 'ServiceUnavailable'
  | 'SerializationException'
  | 'UnknownOperationException'
  | 'UnrecognizedClientException'
  | 'InvalidSignatureException'
  | 'IncompleteSignatureException'
  | 'MissingAuthenticationTokenException'
  | 'ExpiredTokenException'
  | 'RequestEntityTooLargeException';

/** Throws; typed `never`, so that the caller's control flow ends here. Handlers use `ctx.fail`, which knows the operation's declared codes. */
export function fail(code: string, message: string, options?: ApiErrorOptions): never {
  throw new ApiError(code, message, options);
}

/** The same as values, with those that only the front door itself answers. */
export const COMMON_ERROR_CODES: ReadonlySet<string> = new Set<string>([
  'ValidationException',
  'AccessDenied',
  'AccessDeniedException',
  'InvalidParameterValue',
  'ThrottlingException',
  'InternalFailure',
  'ServiceUnavailable',
  'SerializationException',
  'UnknownOperationException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'ExpiredTokenException',
  'RequestEntityTooLargeException',
  'RequestTimeoutException',
  'MalformedInput',
  'MissingAction',
] satisfies (CommonErrorCode | 'RequestTimeoutException' | 'MalformedInput' | 'MissingAction')[]);
