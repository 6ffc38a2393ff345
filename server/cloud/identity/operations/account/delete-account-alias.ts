// DeleteAccountAlias: by its name, so that nobody deletes another.
import { iamChange } from '../../iam-operation.ts';
import { deleteAlias, findAlias } from '../../providers/oidc-store.ts';

export default iamChange('DeleteAccountAlias', {
  about: () => ['*'],
  async change({ tx, ctx, account }, { AccountAlias }) {
    if ((await findAlias(tx, account)) !== AccountAlias)
      ctx.fail('NoSuchEntity', `The account alias ${AccountAlias} cannot be found.`);
    await deleteAlias(tx, account);
  },
});
