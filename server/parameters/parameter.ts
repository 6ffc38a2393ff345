// A parameter and its versions. Pure.
//
//   PutParameter ─▶ version 1 ─PutParameter, Overwrite─▶ 2 ─▶ … ─▶ n      the oldest goes when there are more than a hundred,
//                                                                           unless it carries a label: then the put is refused
//   DeleteParameter, or an Expiration that is due: all of it is gone; the next put begins with 1 again
import type { ParameterTier, ParameterType } from '../platform/api/models/ssm.types.gen.ts';
import type { StoredPolicy } from './policies/parameter-policies.ts';

export type Tier = Exclude<ParameterTier, 'Intelligent-Tiering'>;

export interface ParameterVersion {
  readonly key: string;
  readonly version: number;
  readonly type: ParameterType;
  /** Of a SecureString: the ciphertext in base64. */
  readonly value: string;
  readonly keyId: string | undefined;
  readonly description: string | undefined;
  readonly allowedPattern: string | undefined;
  readonly tier: Tier;
  readonly dataType: string;
  readonly policies: readonly StoredPolicy[];
  readonly modifiedAt: Date;
  readonly modifiedBy: string;
}

/** The newest version, and what is the parameter's own. */
export interface Parameter extends ParameterVersion {
  readonly rooted: boolean;
  readonly oldestVersion: number;
}

/** What a read of a value shows; the rest need not be looked up for it. */
export type ShownParameter = Pick<Parameter, 'key' | 'version' | 'type' | 'value' | 'dataType' | 'modifiedAt' | 'rooted'>;

export const DEFAULT_KEY = 'alias/aws/ssm';
export const TAG_TYPE = 'Parameter';

/** As AWS keeps them. */
const VERSIONS_MAX = 100;
export const LABELS_PER_VERSION_MAX = 10;
export const TAGS_MAX = 50;
/** In bytes of UTF-8, as KMS counts; AWS's sentence says characters. */
export const VALUE_BYTES_MAX: Readonly<Record<Tier, number>> = { Standard: 4096, Advanced: 8192 };
/** What the API takes at all. */
export const VALUE_CHARACTERS_MAX = 32_768;

/** How many parameters of a tier an account may have in a region. Without a number: as many as the disk holds. */
export type ParameterLimits = Readonly<Partial<Record<Tier, number>>>;

/** Which of `labels` can be none: AWS leaves them out and says so. */
export function invalidLabels(labels: readonly string[]): readonly string[] {
  return labels.filter((label) => !/^[a-zA-Z._-][a-zA-Z0-9._-]*$/.test(label) || /^(?:aws|ssm)/i.test(label));
}

export const missingVersion = (name: string, selector: string): string =>
  `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`;

/** Which version must go for the new one; undefined: none yet. */
export function outgoingVersion(next: Parameter): number | undefined {
  return next.version - next.oldestVersion < VERSIONS_MAX ? undefined : next.oldestVersion;
}

export const oldestIsLabelled = (name: string, oldest: number): string =>
  `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${oldest}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`;
