// Whether the caller may change the tags of a resource: besides `tag:TagResources` it needs the right that the resource's own service asks for, as on
// AWS, so that nobody changes by the tagging API what it could not change there.
import type { ConditionFacts } from '../platform/access/authenticator.ts';
import { LayeredFacts } from '../platform/access/layered-facts.ts';
import type { RequestContext } from '../platform/api/operation.ts';
import type { ReadTx } from '../platform/store/index.ts';
import type { ResourceGroups } from './domain.ts';
import { arnOf, type Resource, tagActionsOf } from './resource.ts';

type Asking = Pick<RequestContext, 'account' | 'region' | 'allowed'>;

/** Undefined when it may. Whoever may not learns nothing of the resource, not even whether it is there. */
export async function whyNotTagging(
  { taggingRules }: Pick<ResourceGroups, 'taggingRules'>,
  tx: ReadTx,
  ctx: Asking,
  resource: Resource,
  change: 'add' | 'remove',
  facts: ConditionFacts,
): Promise<string | undefined> {
  const rules = await taggingRules[resource.kind]?.(tx, ctx, resource.id);
  const action = tagActionsOf(resource)[change];
  const arn = arnOf(ctx, resource);
  const known = rules?.permission.facts;
  const options = { ...rules?.permission, tx, facts: known === undefined ? facts : new LayeredFacts(facts, known) };
  const [allowed] = await ctx.allowed(action, [arn], options);
  return allowed === true ? rules?.whyNot : `You are not authorized to perform: ${action} on resource: ${arn}`;
}

/** What conditions ask about the tags of the call. */
export function tagFacts(tags: Readonly<Record<string, string>>): ConditionFacts {
  const given = Object.entries(tags).map(([key, value]) => [`aws:requesttag/${key.toLowerCase()}`, [value]] as const);
  return new Map<string, readonly string[]>([['aws:tagkeys', Object.keys(tags)], ...given]);
}
