// CreateTrail: a trail delivers nothing until StartLogging.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Audit } from '../domain.ts';
import { trailView } from '../domain.ts';
import { chooseLogGroup } from '../log-groups/choose-log-group.ts';
import * as store from '../store.ts';
import { trailTags } from '../trail-tags.ts';
import { trailArn, TRAILS_MAX, whyNotName } from '../trail.ts';
import { requireSupported } from '../unsupported.ts';

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'CreateTrail', {
  action: 'cloudtrail:CreateTrail',
  audit: 'write',
  resources: (input, scope) => [trailArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    const wrong = whyNotName(input.Name);
    if (wrong !== undefined) ctx.fail('InvalidTrailNameException', wrong);
    await requireSupported(domain, ctx, input);
    const chosen = await chooseLogGroup(domain, ctx, input, ctx.region, { log_group: null, log_role: null });
    const tags = trailTags(input.TagsList, (message) => ctx.fail('InvalidTagParameterException', message));
    const row = {
      account: ctx.account,
      region: ctx.region,
      name: input.Name,
      bucket: input.S3BucketName,
      prefix: input.S3KeyPrefix === '' ? null : (input.S3KeyPrefix ?? null),
      multi_region: input.IsMultiRegionTrail === true ? 1 : 0,
      global_events: input.IncludeGlobalServiceEvents === false ? 0 : 1,
      selectors: null,
      logging: 0,
      started_at: null,
      stopped_at: null,
      attempted_at: null,
      delivered_at: null,
      failure: null,
      ...chosen,
      log_delivered_at: null,
      log_failure: null,
      digests: input.EnableLogFileValidation === true ? 1 : 0,
      digest_delivered_at: null,
      digest_failure: null,
    } as const;
    await domain.database.write('audit.create-trail', async (tx) => {
      const theirs = (await store.listTrails(tx, ctx.account)).filter((one) => one.region === ctx.region);
      if (theirs.some(({ name }) => name === input.Name))
        ctx.fail('TrailAlreadyExistsException', `Trail ${input.Name} already exists for customer: ${ctx.account}`);
      if (theirs.length >= TRAILS_MAX)
        ctx.fail(
          'MaximumNumberOfTrailsExceededException',
          `User: ${ctx.account} already has ${TRAILS_MAX} trails in ${ctx.region}.`,
        );
      if (!(await store.insertTrail(tx, row)))
        ctx.fail('TrailAlreadyExistsException', `Trail ${input.Name} already exists for customer: ${ctx.account}`);
      await domain.tags.add(tx, ctx, 'Trail', input.Name, tags);
      await ctx.journal(tx, [trailArn(ctx, input.Name)]);
    });
    return trailView(row);
  },
});
