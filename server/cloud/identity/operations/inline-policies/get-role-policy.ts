// GetRolePolicy: its text is percent-encoded.
import { iamRead } from '../../iam-operation.ts';
import { inlineDocument } from '../../policies/inline.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamRead('GetRolePolicy', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async read(call, { RoleName, PolicyName }) {
    const role = await requireEntity(call, 'role', RoleName);
    const PolicyDocument = await inlineDocument(call, role, PolicyName);
    return { RoleName: role.name, PolicyName, PolicyDocument };
  },
});
