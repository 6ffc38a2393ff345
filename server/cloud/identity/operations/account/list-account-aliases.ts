// ListAccountAliases: an account has one or none.
import { iamRead } from '../../iam-operation.ts';
import { findAlias } from '../../providers/oidc-store.ts';

export default iamRead('ListAccountAliases', {
  about: () => ['*'],
  async read({ tx, account }) {
    const alias = await findAlias(tx, account);
    return { AccountAliases: alias === undefined ? [] : [alias], IsTruncated: false };
  },
});
