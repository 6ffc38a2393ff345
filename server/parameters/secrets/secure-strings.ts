// SecureStrings through KMS, with the caller's rights on the key: what KMS refuses is told in Parameter Store's words. Not inside a unit of work.
import type { EncryptionContext, KeyService, KeyUse } from '../../cloud/keys/index.ts';
import { ApiError, fail } from '../../platform/api/errors.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Ids, Scope } from '../../platform/ids.ts';
import { closeEnvelope, DATA_KEY_BYTES, DIRECT_BYTES_MAX, isEnvelope, openEnvelope, wrappedKeyOf } from './envelope.ts';
import { parameterArn } from '../name.ts';
import { DEFAULT_KEY } from '../parameter.ts';

export interface Keys {
  readonly keys: KeyService;
  readonly ids: Pick<Ids, 'bytes'>;
}
type Caller = Pick<RequestContext, 'account' | 'region' | 'authorize' | 'allowed' | 'requestId'>;

const NONCE_BYTES = 12;

/** The ciphertext, in base64. */
export async function sealValue(
  domain: Keys,
  ctx: Caller,
  key: string,
  keyId: string | undefined,
  text: string,
): Promise<string> {
  const plaintext = Buffer.from(text);
  const context = contextOf(parameterArn(ctx, key));
  const named = keyId ?? DEFAULT_KEY;
  try {
    return (await seal(domain, ctx, named, plaintext, context)).toString('base64');
  } catch (error) {
    throw inOurWords(ctx, named, error);
  }
}

async function seal(domain: Keys, ctx: Caller, named: string, plaintext: Buffer, context: EncryptionContext): Promise<Buffer> {
  const isDirect = plaintext.length <= DIRECT_BYTES_MAX;
  const resolved = await domain.keys.resolveKey(ctx, named);
  const alias = named.startsWith('alias/') ? named : undefined;
  const action = isDirect ? 'kms:Encrypt' : 'kms:GenerateDataKey';
  await ctx.authorize(action, resolved.keyArn, resolved.permission({ ...useOf(ctx, context), alias }));
  const encrypt = (bytes: Buffer) => domain.keys.encrypt(undefined, ctx, { keyId: resolved.keyArn, plaintext: bytes, context });
  if (isDirect) return (await encrypt(plaintext)).ciphertext;
  const dataKey = domain.ids.bytes(DATA_KEY_BYTES);
  const wrapped = await encrypt(dataKey);
  return closeEnvelope(plaintext, dataKey, wrapped.ciphertext, domain.ids.bytes(NONCE_BYTES), textOf(context));
}

/** The text of a stored SecureString of `owner`. `arn`: of the parameter that it is stored in. */
export async function openValue(domain: Keys, ctx: Caller, owner: Scope, arn: string, stored: string): Promise<string> {
  const ciphertext = Buffer.from(stored, 'base64');
  const context = contextOf(arn);
  let opened: Buffer;
  try {
    const found = domain.keys.keyOf(owner, wrappedKeyOf(ciphertext));
    const { key, decrypt } = found instanceof Promise ? await found : found;
    const [allowed] = await ctx.allowed('kms:Decrypt', [key.keyArn], key.permission(useOf(ctx, context)));
    opened = allowed === true ? decrypt(context) : refuseCiphertext(ctx);
  } catch (error) {
    throw inOurWords(ctx, '', error);
  }
  return (isEnvelope(ciphertext) ? openEnvelope(ciphertext, opened, textOf(context)) : opened).toString();
}

/** A ciphertext that is moved to another parameter does not open there. */
function contextOf(arn: string): EncryptionContext {
  return { PARAMETER_ARN: arn };
}

const textOf = (context: EncryptionContext): string => JSON.stringify(context);

function useOf(ctx: Caller, context: EncryptionContext): KeyUse {
  return { callerAccount: ctx.account, context, viaService: `ssm.${ctx.region}.amazonaws.com` };
}

/** real-aws-facts §1: whoever may not use the key does not learn whether it is there. */
function refuseCiphertext({ requestId }: Caller): never {
  return fail(
    'AccessDeniedException',
    `The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access. (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: ${requestId})`,
  );
}

const KEY_TROUBLE: ReadonlySet<string> = new Set([
  'NotFoundException',
  'DisabledException',
  'KMSInvalidStateException',
  'KeyUnavailableException',
  'InvalidKeyUsageException',
  // Changed, or moved here from another parameter.
  'InvalidCiphertextException',
]);

/** Anything else stays what it is. */
function inOurWords({ requestId }: Caller, named: string, error: unknown): unknown {
  if (!(error instanceof ApiError) || !KEY_TROUBLE.has(error.code)) return error;
  const said = error.code === 'NotFoundException' && named.startsWith('arn:') ? `Key '${named}' does not exist` : error.message;
  return new ApiError(
    'InvalidKeyId',
    `${said} (Service: AWSKMS; Status Code: 400; Error Code: ${error.code}; Request ID: ${requestId}; Proxy: null)`,
  );
}
