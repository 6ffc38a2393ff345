// SSM documents of type Command: schemas 1.2, 2.0 and 2.2 in the one shape that document-parse.ts makes of them. Both the server
// (validation, built-ins) and the agent (execution) compile against it.
import type { DocumentWarning } from './document-error.ts';

export type SchemaVersion = '1.2' | '2.0' | '2.2';
export type ParameterType = 'String' | 'StringList' | 'Integer' | 'Boolean' | 'StringMap' | 'MapList';
export type ParameterValue = string | number | boolean | readonly unknown[] | { readonly [key: string]: unknown };

export interface DocumentParameter {
  readonly type: ParameterType;
  readonly description?: string;
  readonly default?: ParameterValue;
  readonly allowedValues?: readonly ParameterValue[];
  readonly allowedPattern?: string;
  readonly displayType?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minChars?: number;
  readonly maxChars?: number;
  readonly interpolationType?: 'RAW_STRING' | 'ENV_VAR';
}

/** `{"StringEquals": ["platformType", "Linux"]}`; operators other than StringEquals are kept as they are for the agent to judge. */
export type Precondition = Readonly<Record<string, readonly unknown[]>>;

export interface DocumentStep {
  /** `aws:runShellScript`. */
  readonly action: string;
  /** Step name of 2.x; the plugin's name in 1.2. Unique in the document. */
  readonly name: string;
  /** 2.x: one. 1.2: the `properties` of the plugin, one after another. */
  readonly inputs: readonly Readonly<Record<string, unknown>>[];
  readonly precondition?: Precondition;
}

export interface SsmDocument {
  readonly schemaVersion: SchemaVersion;
  readonly description: string;
  /** Has no prototype: an own name or nothing. */
  readonly parameters: Readonly<Record<string, DocumentParameter>>;
  readonly steps: readonly DocumentStep[];
  /** The content as a JSON value, as it is sent to agents. Equal to what was parsed, except for the mixture that `warnings` tells of. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly warnings: readonly DocumentWarning[];
}
