// GetManifest: which packages the server keeps as manifests of its own: none. Packages are documents here, and this answer sends an agent
// there: it looks for the word ResourceNotFoundException, and fails the step at any other.
import type { SsmAgentApi } from '../../platform/api/models/agent-ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { documentArn } from '../document.ts';
import type { Documents } from '../domain.ts';

export default operation<SsmAgentApi, Documents>()('ssm', 'GetManifest', {
  action: 'ssm:GetManifest',
  audit: 'agent-plane',
  resources: (input, scope) => [documentArn(scope, input.PackageName)],
  handle: (_domain, ctx, input) =>
    Promise.resolve().then(() =>
      ctx.fail(
        'ResourceNotFoundException',
        `There is no manifest of ${input.PackageName}: packages are documents, which DescribeDocument and GetDocument answer.`,
      ),
    ),
});
