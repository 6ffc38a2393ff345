// ListKeys: in id order.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';

import { keyArn, SSM_ALIAS } from '../key.ts';
import * as store from '../store.ts';
import { afterMark, pageOf } from '../use.ts';

const PAGE = 100;

export default operation<KmsApi, Keys>()('kms', 'ListKeys', {
  action: 'kms:ListKeys',
  audit: 'read',

  resources: () => ['*'],

  async handle(keys, ctx, input) {
    const after = afterMark(keys, 'ListKeys', ctx, input.Marker);
    const limit = input.Limit ?? PAGE;
    await keys.ring.target(ctx, { kind: 'alias', scope: ctx, name: SSM_ALIAS });
    const found = await keys.database.read((tx) => store.listKeyIds(tx, ctx, after, limit + 1));
    const { page, rest } = pageOf(keys, 'ListKeys', ctx, found, limit, (id) => id);
    return { Keys: page.map((id) => ({ KeyId: id, KeyArn: keyArn(ctx, id) })), ...rest };
  },
});
