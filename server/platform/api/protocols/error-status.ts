// The HTTP status of an error, and how a JSON body spells its message: as the model says, else as AWS's front does for the errors that
// every service has (real-aws-facts W1-W6). Pure.
import type { Shape } from '../codec/shape.ts';
import type { Service, ServiceOperation } from '../codec/service.ts';
import type { ApiError } from '../errors.ts';

/** Of the errors that no model declares. JSON services answer nearly everything of the caller's with 400. */
const COMMON_STATUS: Readonly<Record<string, number>> = {
  InternalFailure: 500,
  InternalServerError: 500,
  ServiceUnavailable: 503,
  RequestEntityTooLargeException: 413,
  RequestTimeoutException: 408,
};

/** REST and Query services answer 403 where the JSON ones answer 400. */
const FORBIDDEN = new Set([
  'AccessDeniedException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'ExpiredTokenException',
]);

export function errorShapeOf(service: Service, operation: ServiceOperation | undefined, code: string): Shape | undefined {
  const shape = operation?.errors.get(code) ?? service.errorShape(code);
  // The model of CloudTrail gives its errors no members, and its answers say why all the same.
  return shape?.members.length === 0 && service.name === 'cloudtrail' ? undefined : shape;
}

export function errorStatus(shape: Shape | undefined, error: ApiError, forbiddenStatus: 400 | 403): number {
  const modelled = error.httpStatus ?? shape?.error?.httpStatusCode ?? (shape?.fault ? 500 : undefined);
  return modelled ?? COMMON_STATUS[error.code] ?? (FORBIDDEN.has(error.code) ? forbiddenStatus : 400);
}

/** The members of an error's body beside its code. An empty message leaves its key out; a shape without message member never has one. */
export function errorMembers(shape: Shape | undefined, error: ApiError): Record<string, unknown> {
  if (shape === undefined) return error.message === '' ? {} : { message: error.message };
  const members: Record<string, unknown> = {};
  for (const member of shape.members) {
    const value = member.name.toLowerCase() === 'message' ? error.message || undefined : error.members[member.name];
    if (value !== undefined) members[member.ref.locationName ?? member.name] = value;
  }
  return members;
}
