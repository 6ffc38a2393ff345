// Inline policies of users, groups and roles: the same three times over, but for what they may weigh together.
import { encodedPolicy, policyCharacters, requirePolicy } from './documents.ts';
import type { Entity } from '../entities/entity.ts';
import type { Changing, Reading } from '../iam-operation.ts';
import { INLINE_POLICY_CHARACTERS_MAX } from '../limits.ts';
import { deleteInline, listInline, putInline } from './policy-store.ts';

type Holder = Entity;

export async function putInlinePolicy(
  { tx, account, ctx }: Changing<'LimitExceeded' | 'MalformedPolicyDocument'>,
  holder: Holder,
  name: string,
  document: string,
): Promise<void> {
  requirePolicy(ctx, document, 'identity');
  const others = (await listInline(tx, account, [holder.id])).filter((one) => one.name !== name);
  const characters = [document, ...others.map((one) => one.document)].reduce((sum, text) => sum + policyCharacters(text), 0);
  const kind = holder.kind === 'user' || holder.kind === 'group' ? holder.kind : 'role';
  const most = INLINE_POLICY_CHARACTERS_MAX[kind];
  if (characters > most) ctx.fail('LimitExceeded', `Maximum policy size of ${most} bytes exceeded for ${kind} ${holder.name}`);
  await putInline(tx, account, holder.id, { name, document });
}

/** The document as IAM answers it. */
export async function inlineDocument(
  { tx, account, ctx }: Reading<'NoSuchEntity'>,
  holder: Holder,
  name: string,
): Promise<string> {
  const found = (await listInline(tx, account, [holder.id])).find((one) => one.name === name);
  return found === undefined ? refuseUnknown(ctx, holder, name) : encodedPolicy(found.document);
}

export async function inlineNames({ tx, account }: Reading, holder: Holder): Promise<readonly string[]> {
  return (await listInline(tx, account, [holder.id])).map(({ name }) => name);
}

export async function deleteInlinePolicy(
  { tx, account, ctx }: Changing<'NoSuchEntity'>,
  holder: Holder,
  name: string,
): Promise<void> {
  if (!(await deleteInline(tx, account, holder.id, name))) refuseUnknown(ctx, holder, name);
}

function refuseUnknown(ctx: Pick<Reading<'NoSuchEntity'>['ctx'], 'fail'>, { kind }: Holder, name: string): never {
  return ctx.fail('NoSuchEntity', `The ${kind} policy with name ${name} cannot be found.`);
}
