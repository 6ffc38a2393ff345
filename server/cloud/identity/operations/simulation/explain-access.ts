// ExplainAccess: whether somebody may do something to something, and why, in words. About oneself with `muster:ExplainAccess` alone; about others
// one needs what reading their policies by simulation needs. Of a key its own policy and its grants speak too, to those who may read them.
import type { MusterIdentityApi } from '../../../../platform/api/models/muster/identity.types.gen.ts';
import { operation, type RequestContext } from '../../../../platform/api/operation.ts';
import type { ConditionFacts, DecisionOptions } from '../../../../platform/access/authenticator.ts';
import type { Principal } from '../../../../platform/access/principal.ts';
import { administratorPrincipal } from '../../../../platform/access/principals.ts';
import type { ReadTx } from '../../../../platform/store/index.ts';
import { openJudge } from '../../decisions/authorize.ts';
import { type Call } from '../../decisions/caller.ts';
import { ADMINISTRATOR } from '../../entities/entity.ts';
import { explain } from '../../decisions/explain.ts';
import { type SeenResource, seenResource } from '../../decisions/explained-resource.ts';
import type { IdentityDomain } from '../../identity.ts';
import { requirePolicySource } from '../../decisions/policy-source.ts';

type Context = RequestContext<MusterIdentityApi['ExplainAccess']['errors']>;

export default operation<MusterIdentityApi, IdentityDomain>()('muster', 'ExplainAccess', {
  action: 'muster:ExplainAccess',
  audit: 'read',
  resources: ({ PrincipalArn }) => [PrincipalArn?.startsWith('arn:aws:iam::') === true ? PrincipalArn : '*'],
  async handle({ iam, judging, explainResource }, ctx, input) {
    const { PrincipalArn: asked, Action: action, Resource: resource = '*' } = input;
    const isOwn = asked === undefined || isCaller(ctx.principal, asked);
    if (!isOwn && !isArn(asked))
      return ctx.fail('InvalidInput', `${asked} is no ARN: name a user or a role, such as arn:aws:iam::${ctx.account}:user/ann.`);
    if (!isOwn) await ctx.authorize('iam:SimulatePrincipalPolicy', asked);
    const entries = input.ContextEntries ?? [];
    const facts = new Map(entries.map(({ Key, Values }) => [Key.toLowerCase(), Values]));
    const seen = await seenResource(explainResource, ctx, action, resource, entries);
    // A key's action also takes the names that KMS does.
    if (seen === undefined && resource !== '*' && !isArn(resource))
      return ctx.fail('InvalidInput', `${resource} is no ARN: name it as policies do, ${exampleArn(ctx)}.`);
    const about = typeof seen === 'object' ? seen.arn : resource;
    return iam.database.read(async (tx) => {
      const principal = isOwn ? ctx.principal : await principalNamed(tx, ctx, asked);
      // What somebody else's call would bring is not known: the caller may give it.
      const call: Call = isOwn ? ctx.call : { at: ctx.now, region: ctx.region };
      const judge = await openJudge(judging, principal, call, tx);
      const [judgement] = await judge.judge(action, [about], { ...optionsFor(seen, facts), tx });
      if (judgement === undefined) throw new Error('one resource has one judgement');
      return explain({ principalArn: asked ?? principal.arn, action, resource: about }, judgement, judge.found, seen);
    });
  },
});

const isArn = (name: string): boolean => name.startsWith('arn:');

const exampleArn = ({ region, account }: Context): string => `such as arn:aws:ssm:${region}:${account}:parameter/app/db`;

/** What the asker says of the call stands before what is known of the resource. */
function optionsFor(seen: SeenResource, given: ConditionFacts): DecisionOptions {
  if (typeof seen !== 'object') return { facts: given };
  const { facts, ...permission } = seen.permission;
  return { ...permission, facts: { get: (name) => given.get(name) ?? facts?.get(name) } };
}

/** A session is asked about by its own ARN: its role may do more. */
function isCaller(principal: Principal, arn: string): boolean {
  return principal.arn === arn;
}

/** As if it called now: a role with a session that nothing limits. */
async function principalNamed(tx: ReadTx, ctx: Context, arn: string): Promise<Principal> {
  const { kind, name, policies } = await requirePolicySource({ tx, account: ctx.account, ctx }, arn);
  const common = { account: ctx.account, accessKeyId: '' };
  if (kind === 'group') return ctx.fail('InvalidInput', `${arn} is a group, which calls nothing: ask about one of its users.`);
  if (kind === 'user')
    return name === ADMINISTRATOR
      ? administratorPrincipal(ctx.account, '')
      : { kind, ...common, arn, userId: policies.id, userName: name };
  const sessionName = 'explained';
  return {
    kind,
    ...common,
    arn: `arn:aws:sts::${ctx.account}:assumed-role/${name}/${sessionName}`,
    userId: `${policies.id}:${sessionName}`,
    roleName: name,
    roleArn: arn,
    sessionName,
    issuedAt: ctx.now.toISOString(),
    tags: {},
    transitiveTagKeys: [],
    sessionPolicies: undefined,
  };
}
