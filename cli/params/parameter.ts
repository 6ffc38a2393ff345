// A parameter as the API and files spell it: AWS's names, so that what `aws ssm get-parameters-by-path` prints is such a file, too.

export type ParameterType = 'String' | 'StringList' | 'SecureString';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Of GetParameters and GetParametersByPath. */
export interface ValueView {
  readonly Name: string;
  readonly Type: ParameterType;
  readonly Value: string;
  readonly Version: number;
  readonly DataType?: string;
}

/** Of DescribeParameters. */
export interface MetadataView {
  readonly Name: string;
  readonly Type: ParameterType;
  readonly KeyId?: string;
  /** Seconds since 1970. */
  readonly LastModifiedDate?: number;
  readonly LastModifiedUser?: string;
  readonly Description?: string;
  readonly AllowedPattern?: string;
  readonly Version: number;
  readonly Tier?: string;
  readonly Policies?: readonly { readonly PolicyText: string }[];
  readonly DataType?: string;
}

/** Of GetParameterHistory. */
export interface VersionView extends MetadataView {
  readonly Labels?: readonly string[];
}

/** The same with decryption. */
export interface WholeVersionView extends VersionView {
  readonly Value: string;
}

/** What a file says of a version of a parameter. */
export interface WrittenVersion {
  readonly version?: number | undefined;
  readonly type?: ParameterType | undefined;
  readonly value?: string | undefined;
  readonly description?: string | undefined;
  readonly keyId?: string | undefined;
  readonly tier?: string | undefined;
  readonly allowedPattern?: string | undefined;
  readonly dataType?: string | undefined;
  /** Each as JSON. */
  readonly policies?: readonly string[] | undefined;
  readonly labels?: readonly string[] | undefined;
}

/** What a file says of a parameter and its newest version; what it does not say stays as it is, or becomes what a new parameter has. */
export interface WrittenParameter extends WrittenVersion {
  readonly name: string;
  readonly tags?: readonly Tag[] | undefined;
  /** The versions before, oldest first; undefined: the file is about the newest alone. */
  readonly history?: readonly WrittenVersion[] | undefined;
  /** From a file of names with values: the path goes before it. */
  readonly relative: boolean;
}
