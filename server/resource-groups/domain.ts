// What the resource-groups domain works with, and the checks that its operations share.
import type { DecisionOptions } from '../platform/access/authenticator.ts';
import { ApiError } from '../platform/api/errors.ts';
import type { RequestContext } from '../platform/api/operation.ts';
import type { Scope } from '../platform/ids.ts';
import type { Database, JsonValue, PageTokens, ReadTx } from '../platform/store/index.ts';
import type { Tag, Tags } from '../platform/tags/tags.ts';
import { askedGroup, groupName, type ResourceGroup } from './group.ts';
import type { Resource, ResourceKind } from './resource.ts';
import * as store from './store.ts';

/** Asked in the unit that tags or groups it; the domain that owns the kind answers (filled by the composition root). */
type ResourceExists = (tx: ReadTx, scope: Scope, id: string) => Promise<boolean>;
export type ResourceExistence = Readonly<Record<Exclude<ResourceKind, 'Group'>, ResourceExists>>;

/** What the domain that owns a resource says, where the caller's policies and the resource's tags are not all. */
interface TaggingRules {
  /** Why its tags stay as they are. */
  readonly whyNot: string | undefined;
  readonly permission: DecisionOptions;
}

/** Undefined: there is no such resource. */
type FindTaggingRules = (tx: ReadTx, scope: Scope, id: string) => Promise<TaggingRules | undefined>;

export interface ResourceGroups {
  readonly database: Database;
  readonly tags: Tags;
  readonly pageTokens: PageTokens;
  readonly resources: ResourceExistence;
  /** Of kinds whose resources have a say in it. */
  readonly taggingRules: Readonly<Partial<Record<ResourceKind, FindTaggingRules>>>;
}

/** As for every resource. */
const TAGS_MAX = 50;
const AWS_PREFIX = /^aws:/i;

type Refusing<Code extends string> = Scope & Pick<RequestContext<Code>, 'fail'>;

export async function requireGroup(
  tx: ReadTx,
  ctx: Refusing<'BadRequestException' | 'NotFoundException'>,
  input: Parameters<typeof askedGroup>[0],
): Promise<ResourceGroup> {
  const asked = askedGroup(input) ?? ctx.fail('BadRequestException', 'You must specify the group: its name or its ARN.');
  const name = groupName(ctx, asked);
  const group = name === undefined ? undefined : await store.findGroup(tx, ctx, name);
  return group ?? ctx.fail('NotFoundException', `Cannot find group: ${asked}`);
}

export async function resourceExists(domain: ResourceGroups, tx: ReadTx, scope: Scope, { kind, id }: Resource): Promise<boolean> {
  return kind === 'Group' ? (await store.findGroup(tx, scope, id)) !== undefined : domain.resources[kind](tx, scope, id);
}

/** Why these tags cannot be added to the resource; undefined when they can. */
export async function whyNotTags(
  domain: ResourceGroups,
  tx: ReadTx,
  scope: Scope,
  { kind, id }: Resource,
  tags: readonly Tag[],
): Promise<string | undefined> {
  const reserved = whyNotKeys(tags.map(({ Key }) => Key));
  if (reserved !== undefined) return reserved;
  const keys = new Set((await domain.tags.list(tx, scope, kind, id)).map(({ Key }) => Key));
  for (const { Key } of tags) keys.add(Key);
  return keys.size > TAGS_MAX ? `A resource can have at most ${TAGS_MAX} tags.` : undefined;
}

export function whyNotKeys(keys: readonly string[]): string | undefined {
  return keys.some((key) => AWS_PREFIX.test(key)) ? 'aws: prefixed tag key names are not allowed for external use.' : undefined;
}

/** This service's tokens are of base64's plain alphabet: its model refuses `-` and `_`. */
export function nextToken(domain: ResourceGroups, operation: string, scope: Scope, position: JsonValue): string {
  return domain.pageTokens.encode(operation, scope, position).replaceAll('-', '+').replaceAll('_', '/');
}

/** Undefined: from the start. `refuse` is told of a token that is not ours. */
export function positionOf(
  domain: ResourceGroups,
  operation: string,
  scope: Scope,
  token: string | undefined,
  refuse: (message: string) => never,
): JsonValue | undefined {
  if (token === undefined || token === '') return undefined;
  try {
    return domain.pageTokens.decode(operation, scope, token.replaceAll('+', '-').replaceAll('/', '_'));
  } catch (error) {
    // No operation of these services declares the code that page tokens fail with.
    if (error instanceof ApiError && error.code === 'InvalidNextToken') return refuse(error.message);
    throw error;
  }
}
