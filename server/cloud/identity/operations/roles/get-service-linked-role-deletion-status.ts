// GetServiceLinkedRoleDeletionStatus: a task is over before anybody knows its id.
import { ApiError } from '../../../../platform/api/errors.ts';
import { GLOBAL } from '../../entities/entity.ts';
import { iamRead } from '../../iam-operation.ts';

export default iamRead('GetServiceLinkedRoleDeletionStatus', {
  about: () => ['*'],
  async read(call, { DeletionTaskId }) {
    const [, token = ''] = /^task\/aws-service-role\/[^/]+\/[^/]+\/([\w-]+)$/.exec(DeletionTaskId) ?? [];
    try {
      call.iam.pageTokens.decode('DeleteServiceLinkedRole', { account: call.account, region: GLOBAL }, token);
    } catch (error) {
      if (error instanceof ApiError) call.ctx.fail('NoSuchEntity', `The deletion task ${DeletionTaskId} cannot be found.`);
      throw error;
    }
    return Promise.resolve({ Status: 'SUCCEEDED' as const });
  },
});
