// The format of a service model: what is left of the public service models (botocore's service-2.json) when documentation and
// client-side traits are stripped. Hand-written models (agent calls, our own extensions) have the same format, so that one codec,
// one coverage table and one authorization walk serve all. Names of keys are those of the public models.

export type ShapeType =
  | 'structure'
  | 'list'
  | 'map'
  | 'string'
  | 'integer'
  | 'long'
  | 'float'
  | 'double'
  | 'boolean'
  | 'blob'
  | 'timestamp';

/** How a timestamp is written; JSON's default is epoch seconds, that of XML and queries ISO 8601, that of headers HTTP's. */
export type TimestampFormat = 'iso8601' | 'unixTimestamp' | 'rfc822';

/** A use of a shape: a member of a structure, a list's items, a map's keys and values. */
export interface ShapeRef {
  readonly shape: string;
  /** The name on the wire: JSON key, XML element, query or header name, label. */
  readonly locationName?: string;
  readonly location?: 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode';
  readonly timestampFormat?: TimestampFormat;
  readonly flattened?: boolean;
  readonly xmlAttribute?: boolean;
  readonly sensitive?: boolean;
  readonly streaming?: boolean;
}

export interface ShapeModel {
  readonly type: ShapeType;
  readonly members?: Readonly<Record<string, ShapeRef>>;
  readonly required?: readonly string[];
  /** Exactly one member must be given. */
  readonly union?: boolean;
  /** Name of the member that is the whole body. */
  readonly payload?: string;
  readonly member?: ShapeRef;
  readonly key?: ShapeRef;
  readonly value?: ShapeRef;
  readonly flattened?: boolean;
  readonly locationName?: string;
  /** Length of strings and blobs, number of items, value of numbers. */
  readonly min?: number;
  readonly max?: number;
  /** A Java regular expression that matches the whole value, anchored or not. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly sensitive?: boolean;
  readonly timestampFormat?: TimestampFormat;
  readonly exception?: boolean;
  /** The server's mistake, not the caller's: status 500. */
  readonly fault?: boolean;
  readonly error?: { readonly code?: string; readonly httpStatusCode?: number };
}

export interface OperationModel {
  readonly input?: string;
  readonly output?: string;
  /** Names of error shapes. */
  readonly errors: readonly string[];
  readonly method: string;
  /** Path with labels (`/groups/{Name}`, `{Key+}` for the rest of the path), optionally with a fixed query. */
  readonly uri: string;
  /** Status of success; 200 unless said. */
  readonly status?: number;
  /** Query/XML: the element around the result. */
  readonly resultWrapper?: string;
  /** JSON in, XML out with this root: what the agent's message gateway does. */
  readonly xmlRoot?: string;
  /** The public client does not sign it. */
  readonly unsigned?: boolean;
}

export type Protocol = 'json' | 'rest-json' | 'query';

export interface ServiceModel {
  /** Our name, the folder name of the public model: `ssm`. */
  readonly service: string;
  readonly apiVersion: string;
  /** The first is the service's own; the others are understood too. */
  readonly protocols: readonly Protocol[];
  readonly jsonVersion?: string;
  /** What stands in the credential scope. */
  readonly signingName: string;
  readonly endpointPrefix: string;
  /** `X-Amz-Target: <targetPrefix>.<Operation>`. */
  readonly targetPrefix?: string;
  readonly xmlNamespace?: string;
  readonly operations: Readonly<Record<string, OperationModel>>;
  readonly shapes: Readonly<Record<string, ShapeModel>>;
}

/** Operations and shapes that join a service: two parts may not define the same name. */
export function mergeModels(base: ServiceModel, part: Pick<ServiceModel, 'operations' | 'shapes'>): ServiceModel {
  for (const kind of ['operations', 'shapes'] as const)
    for (const name of Object.keys(part[kind]))
      if (Object.hasOwn(base[kind], name)) throw new Error(`${base.service}: ${kind} ${name} is defined twice`);
  return {
    ...base,
    operations: { ...base.operations, ...part.operations },
    shapes: { ...base.shapes, ...part.shapes },
  };
}

/** The code of an error shape on the wire, which is also what `ctx.fail` takes. */
export function errorCode(model: ServiceModel, shapeName: string): string {
  return model.shapes[shapeName]?.error?.code ?? shapeName;
}
