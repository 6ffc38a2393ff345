// What an explanation knows of a resource that has a policy of its own. Filled by the composition root: the keys.
import type { DecisionOptions } from '../../../platform/access/authenticator.ts';
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { Scope } from '../../../platform/ids.ts';

export interface ContextEntry {
  readonly Key: string;
  readonly Values: readonly string[];
}

interface ExplainedResource {
  /** Who may do this may know the policy, and what was granted beside it. */
  readonly readAction: string;
  /** What was named, as an ARN: the decision on `readAction` is about it where there is no such resource. */
  readonly namedArn: string;
  /** Undefined: there is no such resource. */
  readonly found: FoundResource | undefined;
}

export interface FoundResource {
  /** Also of one that was named in another way. */
  readonly arn: string;
  readonly policyName: string;
  /** For the decision on `readAction`. */
  readonly readPermission: DecisionOptions;
  /** For the decision that is explained. */
  readonly permission: DecisionOptions;
  /** After that decision: the grants that allowed it. */
  grants(): readonly { readonly id: string; readonly name: string }[];
  /** Why a call that is allowed fails all the same. */
  readonly remark: string | undefined;
}

/** Undefined: the action is not about a resource with a policy. */
export type ExplainResource = (
  home: Scope,
  action: string,
  resource: string,
  context: readonly ContextEntry[],
) => Promise<ExplainedResource | undefined>;

/** The resource with its policy; or, as a sentence, why nothing is said of it; or nothing. */
export type SeenResource = FoundResource | string | undefined;

/** What the asker may know: of a resource that is not there, those who may not read its policy learn nothing. */
export async function seenResource(
  explainResource: ExplainResource,
  ctx: Pick<RequestContext, 'account' | 'region' | 'allowed'>,
  action: string,
  resource: string,
  context: readonly ContextEntry[],
): Promise<SeenResource> {
  const explained = await explainResource(ctx, action, resource, context);
  if (explained === undefined) return undefined;
  const { readAction, namedArn, found } = explained;
  const [mayRead] = await ctx.allowed(readAction, [found?.arn ?? namedArn], found?.readPermission);
  if (mayRead !== true)
    return `Policies of identities alone were looked at: what its own policy and its grants say to it is told to those who may ${readAction}.`;
  return found ?? 'There is no such resource here.';
}
