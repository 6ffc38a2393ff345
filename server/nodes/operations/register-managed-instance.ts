// RegisterManagedInstance: a machine with an activation's code becomes a node. Unsigned: the code is the credential, compared in
// constant time. Whoever has no code learns nothing: an unknown id and a wrong code answer the same.
import type { SsmAgentApi } from '../../platform/api/models/agent-ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { NodeId } from '../../platform/ids.ts';
import type { Tx } from '../../platform/store/index.ts';
import { findActivation, takeRegistration } from '../activation-store.ts';
import type { FoundActivation } from '../activation-store.ts';
import { isCode, isExpired } from '../activation.ts';
import { NODE_TAG_TYPE } from '../directory.ts';
import type { Nodes } from '../domain.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import { readPublicKey } from '../node-key.ts';
import * as store from '../store.ts';

type Context = RequestContext<'InvalidActivation' | 'ActivationExpired' | 'RegistrationLimitExceeded'>;

/** Compared with when there is no activation, so that both ways cost the same. */
const NO_HASH = new Uint8Array(32);
const FINGERPRINT_CHARACTERS_MAX = 256;

export default operation<SsmAgentApi, Nodes>()('ssm', 'RegisterManagedInstance', {
  action: 'ssm:RegisterManagedInstance',
  audit: 'write',
  unsigned: true,
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    if (readPublicKey(input.PublicKey, input.PublicKeyType) === undefined)
      ctx.fail(
        'InvalidPublicKey',
        'The public key is not valid: an RSA key of 2048 to 4096 bits is needed, as base64 of its DER SubjectPublicKeyInfo.',
      );
    const fingerprint = input.Fingerprint ?? '';
    if (fingerprint.length > FINGERPRINT_CHARACTERS_MAX) ctx.fail('ValidationException', 'The fingerprint is too long.');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this is where such an id is made
    const nodeId = `mi-${domain.ids.hex(17)}` as NodeId;
    await domain.database.write('nodes.register', async (tx) => {
      const { scope, activation } = await requireActivation(tx, ctx, input.ActivationId, input.ActivationCode);
      const node = {
        ...scope,
        nodeId,
        activationId: activation.activationId,
        iamRole: activation.iamRole,
        name: activation.defaultInstanceName,
        fingerprint,
        publicKey: input.PublicKey,
        now: ctx.now,
      };
      // Agents try again after this error: the id is drawn anew.
      if (!(await store.insertNode(tx, node))) ctx.fail('TooManyUpdates', '');
      if (activation.tags.length > 0) await domain.tags.add(tx, scope, NODE_TAG_TYPE, nodeId, activation.tags);
      await ctx.journal(tx, [nodeArn(scope, nodeId)]);
    });
    return { InstanceId: nodeId };
  },
});

async function requireActivation(tx: Tx, ctx: Context, activationId: string, code: string): Promise<FoundActivation> {
  const found = await findActivation(tx, activationId);
  const matches = isCode(code, found?.codeHash ?? NO_HASH);
  if (found === undefined || !matches)
    return ctx.fail('InvalidActivation', 'The activation ID or the activation code is not valid.');
  if (isExpired(found.activation, ctx.now))
    ctx.fail('ActivationExpired', 'The activation has expired. Create a new one to register more machines.');
  if (!(await takeRegistration(tx, found.scope, found.activation.activationId)))
    ctx.fail(
      'RegistrationLimitExceeded',
      'The registration limit of the activation is reached. Create a new one to register more machines.',
    );
  return found;
}
