// CreateServiceLinkedRole: a role that one service takes, under a name that the service decides.
import { findEntity } from '../../entities/directory.ts';
import { type Entity, SESSION_SECONDS_DEFAULT } from '../../entities/entity.ts';
import { insertEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { made } from '../../entities/refs.ts';
import { linkedRole } from '../../entities/service-linked.ts';
import { wholeRoleView } from '../../entities/views.ts';

export default iamChange('CreateServiceLinkedRole', {
  about: ({ AWSServiceName, CustomSuffix }) => [
    made('role', linkedRole(AWSServiceName, CustomSuffix)?.name ?? '*', `/aws-service-role/${AWSServiceName}/`),
  ],
  conditions: ({ AWSServiceName }) => ({ 'iam:AWSServiceName': AWSServiceName }),
  async change(call, { AWSServiceName, CustomSuffix, Description }) {
    const { tx, iam, ctx, account } = call;
    const linked = linkedRole(AWSServiceName, undefined);
    if (linked === undefined) return ctx.fail('InvalidInput', `${AWSServiceName} has no service-linked role on this server.`);
    if (CustomSuffix !== undefined) ctx.fail('InvalidInput', `Custom suffix is not allowed for ${AWSServiceName}`);
    if ((await findEntity(tx, account, 'role', linked.name)) !== undefined)
      ctx.fail('InvalidInput', `Service role name ${linked.name} has been taken in this account, please try a different suffix.`);
    const role: Entity = {
      kind: 'role',
      ...linked,
      id: iam.newId('role'),
      createdAt: ctx.now,
      description: Description,
      maxSessionSeconds: SESSION_SECONDS_DEFAULT,
      service: AWSServiceName,
      isBuiltIn: false,
    };
    await insertEntity(tx, account, role);
    return { Role: wholeRoleView(account, role, undefined) };
  },
});
