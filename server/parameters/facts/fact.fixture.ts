// A row of the table of facts, and the calls that its rows are made of.
export type FactCall = readonly [operation: string, input: Readonly<Record<string, unknown>>];

export interface Fact {
  readonly fact: string;
  readonly given?: readonly FactCall[];
  readonly call: FactCall;
  /** `Code: message`; nothing behind the colon where AWS sends no message. */
  readonly refusal?: string | RegExp;
  /** A part of the answer: objects may have more members, lists and texts are whole. */
  readonly answer?: unknown;
}

export const FACTS_SCOPE = { account: '000000000000', region: 'us-east-1' } as const;
export const ARN = `arn:aws:ssm:${FACTS_SCOPE.region}:${FACTS_SCOPE.account}:parameter`;

export const RULES =
  'ValidationException: Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';
export const PATH =
  'ValidationException: The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.';

/** Whatever others print: the model gives this error no message (real-aws-facts W5). */
export const NO_FILTER = 'InvalidFilterKey: ';

export const put = (Name: string, more: Readonly<Record<string, unknown>> = {}): FactCall => [
  'PutParameter',
  { Name, Value: 'v', Type: 'String', ...more },
];
export const over = (Name: string, Value: string, more: Readonly<Record<string, unknown>> = {}): FactCall => [
  'PutParameter',
  { Name, Value, Overwrite: true, ...more },
];
export const get = (Name: string): FactCall => ['GetParameter', { Name }];
export const levels = (count: number): string => Array.from({ length: count }, (_, at) => `/L${at}`).join('');
export const many = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
export const filter = (Key: string, Values?: readonly string[], Option?: string): FactCall => [
  'DescribeParameters',
  { ParameterFilters: [{ Key, ...(Values === undefined ? {} : { Values }), ...(Option === undefined ? {} : { Option }) }] },
];
export const byPath = (Path: string, more: Readonly<Record<string, unknown>> = {}): FactCall => [
  'GetParametersByPath',
  { Path, ...more },
];
