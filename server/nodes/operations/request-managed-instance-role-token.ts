// RequestManagedInstanceRoleToken: a node's own key buys the temporary credentials of its role. A cloned disk shows another machine's
// fingerprint and gets nothing.
import type { SsmAgentApi } from '../../platform/api/models/agent-ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Nodes } from '../domain.ts';
import { NOT_REGISTERED, requireNode } from '../require-self.ts';
import * as store from '../store.ts';

const ACTION = 'ssm:RequestManagedInstanceRoleToken';

export default operation<SsmAgentApi, Nodes>()('ssm', 'RequestManagedInstanceRoleToken', {
  action: ACTION,
  audit: 'secret',
  // The node is known from its signature; the authorizer lets a node act for itself only.
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const { nodeId } = requireNode(ctx.principal, ACTION, 'node-key');
    const node = await domain.database.read((tx) => store.findIdentity(tx, nodeId));
    if (node === undefined) return ctx.fail('InvalidInstanceId', NOT_REGISTERED(nodeId));
    if (node.fingerprint !== '' && node.fingerprint !== input.Fingerprint)
      ctx.fail(
        'MachineFingerprintDoesNotMatch',
        `The fingerprint of this machine is not the one that registered as ${nodeId}. Register it as a node of its own.`,
      );
    const credentials = await domain.ports.issueCredentials({
      scope: node.scope,
      nodeId,
      roleName: node.roleName,
      now: ctx.now,
      lifetimeSeconds: domain.settings.credentialLifetimeSeconds,
    });
    return {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      TokenExpirationDate: credentials.expiresAt,
      UpdateKeyPair: ctx.now.getTime() - node.keys.currentSince.getTime() > domain.settings.keyAgeMaxMs,
    };
  },
});
