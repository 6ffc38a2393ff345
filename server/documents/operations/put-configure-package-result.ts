// PutConfigurePackageResult: an agent tells how it installed or removed a package. Nothing is kept of it, since the
// step's own result, which comes with the command, says the same; trails that select the agent plane record the call.
import type { SsmAgentApi } from '../../platform/api/models/agent-ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Documents } from '../domain.ts';

export default operation<SsmAgentApi, Documents>()('ssm', 'PutConfigurePackageResult', {
  action: 'ssm:PutConfigurePackageResult',
  audit: 'agent-plane',
  resources: () => ['*'],
  handle: () => Promise.resolve({}),
});
