// CreateAccountAlias: takes the place of the one before.
import { iamChange } from '../../iam-operation.ts';
import { putAlias } from '../../providers/oidc-store.ts';

export default iamChange('CreateAccountAlias', {
  about: () => ['*'],
  async change({ tx, ctx, account }, { AccountAlias }) {
    if (!(await putAlias(tx, account, AccountAlias)))
      ctx.fail('EntityAlreadyExists', `The account alias ${AccountAlias} already exists.`);
  },
});
