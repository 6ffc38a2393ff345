// PutParameter: the next version of a parameter, or its first with its tags, in one unit of the commit queue. A SecureString is sealed before.
import type { PutParameterRequest, SsmApi, Tag } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import { tagConditions } from '../../platform/api/request-conditions.ts';
import type { Tx } from '../../platform/store/index.ts';
import type { Parameters } from '../domain.ts';
import { changeEvent } from '../events.ts';
import { parameterArn, readNewName, resourceOf } from '../name.ts';
import type { NewName } from '../name.ts';
import { putNextVersion } from '../changing/next-version.ts';
import { TAG_TYPE } from '../parameter.ts';
import type { Parameter } from '../parameter.ts';
import { wakeEnforcer } from '../policies/policy-enforcer.ts';
import { checkPut, planPut, typeOfPut } from '../changing/put-rules.ts';
import { sealValue } from '../secrets/secure-strings.ts';
import * as store from '../store.ts';

export default operation<SsmApi, Parameters>()('ssm', 'PutParameter', {
  action: 'ssm:PutParameter',
  audit: 'write',
  resources: (input, scope) => [resourceOf(scope, input.Name)],
  conditions: (input) => ({
    'ssm:Overwrite': String(input.Overwrite === true),
    ...(input.Policies === undefined ? {} : { 'ssm:Policies': input.Policies }),
  }),
  async handle(domain, ctx, input) {
    const name = readNewName(ctx, input.Name);
    if (input.Tags !== undefined && input.Tags.length > 0) await requireTagging(ctx, name, input.Tags);
    checkPut(input);
    const existing =
      input.Type === undefined ? await domain.database.read((tx) => store.findParameter(tx, ctx, name.key)) : undefined;
    const isSecure = typeOfPut(input, existing) === 'SecureString';
    const stored = isSecure ? await sealValue(domain, ctx, name.key, input.KeyId, input.Value) : input.Value;
    const put = await domain.database.write('parameters.put', (tx) => write(domain, tx, ctx, input, name, stored, isSecure));
    return { Version: put.version, Tier: put.tier };
  },
});

/** Whoever may not tag makes nothing that is tagged: what a policy allows by tags would be theirs to choose. */
async function requireTagging(ctx: RequestContext, { key }: NewName, tags: readonly Tag[]): Promise<void> {
  const facts = tagConditions(new Map(tags.map(({ Key, Value }) => [Key, Value])));
  await ctx.authorize('ssm:AddTagsToResource', parameterArn(ctx, key), { facts });
}

async function write(
  domain: Parameters,
  tx: Tx,
  ctx: RequestContext,
  input: PutParameterRequest,
  name: NewName,
  stored: string,
  isSecure: boolean,
): Promise<Parameter> {
  const existing = await store.findParameter(tx, ctx, name.key);
  const defaultTier = input.Tier ?? (await domain.defaultTier(tx, ctx));
  const next = planPut(input, existing, { name, stored, now: ctx.now, by: ctx.principal.arn, defaultTier });
  // It was another one when its type was looked up.
  if ((next.type === 'SecureString') !== isSecure) ctx.fail('TooManyUpdates', '');
  if (existing?.tier !== next.tier) await requireRoom(domain, tx, ctx, next);
  const written = existing === undefined ? await create(domain, tx, ctx, input, next) : await putNextVersion(tx, ctx, next);
  await domain.outbox.put(tx, [changeEvent(ctx, next, existing === undefined ? 'Create' : 'Update', ctx.now)]);
  domain.watchers.changed(tx, ctx, next.key);
  wakeEnforcer(domain, tx, next, ctx.now);
  await ctx.journal(tx, [parameterArn(ctx, next.key)]);
  return written;
}

async function create(
  domain: Parameters,
  tx: Tx,
  ctx: RequestContext,
  input: PutParameterRequest,
  next: Parameter,
): Promise<Parameter> {
  if (!(await store.insertParameter(tx, ctx, next))) ctx.fail('TooManyUpdates', '');
  if (input.Tags !== undefined && input.Tags.length > 0) await domain.tags.add(tx, ctx, TAG_TYPE, next.key, input.Tags);
  return next;
}

async function requireRoom({ limits }: Parameters, tx: Tx, ctx: RequestContext, { tier }: Parameter): Promise<void> {
  const limit = limits[tier];
  if (limit === undefined || (await store.countParameters(tx, ctx, tier, limit)) < limit) return;
  ctx.fail(
    'ParameterLimitExceeded',
    tier === 'Standard'
      ? `You have reached the maximum number of standard parameters for this AWS account and Region (${limit}). To add more parameters, either delete existing parameters or upgrade to the advanced-parameter tier (charges apply).`
      : `You have reached the maximum number of advanced parameters for this AWS account and Region (${limit}). To add more parameters, delete existing parameters.`,
  );
}
