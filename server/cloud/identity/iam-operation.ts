// How an operation of IAM is declared: what it is about, and what it does in one read or one unit of work. A change is journaled and told to
// the caches in that unit, so no operation can forget it.
import type { IamApi } from '../../platform/api/models/iam.types.gen.ts';
import { operation, type Operation, type RequestContext } from '../../platform/api/operation.ts';
import type { AccountId } from '../../platform/ids.ts';
import type { Database, PageTokens, ReadTx, Tx } from '../../platform/store/index.ts';
import type { AccessKeys } from './access-keys/access-keys.ts';
import type { IdentityChanges } from './changes.ts';
import type { KeyUses } from './access-keys/key-uses.ts';
import type { RoleUses } from './sessions/role-uses.ts';
import { authorizePaths, type Ref, refArn } from './entities/refs.ts';

/** What operations of IAM work with. */
export interface Iam {
  readonly database: Database;
  readonly pageTokens: PageTokens;
  readonly accessKeys: AccessKeys;
  readonly keyUses: KeyUses;
  readonly roleUses: RoleUses;
  readonly changes: IdentityChanges;
  newId(kind: 'user' | 'group' | 'role' | 'instance-profile' | 'policy'): string;
}

type Name = keyof IamApi;

/** One call inside its read or unit. */
export interface Call<Within extends ReadTx, Code extends string = never> {
  readonly tx: Within;
  readonly iam: Iam;
  readonly ctx: RequestContext<Code>;
  readonly account: AccountId;
}
export type Reading<Code extends string = never> = Call<ReadTx, Code>;
export type Changing<Code extends string = never> = Call<Tx, Code>;

interface Declaration<Input> {
  about(input: Input): readonly Ref[];
  /** Condition keys that the input decides, such as `iam:PolicyARN`. */
  conditions?(input: Input): Readonly<Record<string, string | readonly string[]>>;
}

interface Reader<N extends Name> extends Declaration<IamApi[N]['input']> {
  read(call: Reading<IamApi[N]['errors']>, input: IamApi[N]['input']): Promise<IamApi[N]['output']>;
}

interface Changer<N extends Name> extends Declaration<IamApi[N]['input']> {
  /** Nothing is returned where the operation answers nothing. */
  change(call: Changing<IamApi[N]['errors']>, input: IamApi[N]['input']): Promise<IamApi[N]['output'] | void>;
  /** Decisions about what the input names besides: before the unit, since they read for themselves. */
  authorize?(call: Omit<Reading<IamApi[N]['errors']>, 'tx'>, input: IamApi[N]['input']): Promise<void>;
}

/** As much of the domain as operations of IAM see. */
interface WithIam {
  readonly iam: Iam;
}

type Declared<N extends Name> = Operation<WithIam, IamApi[N]['input'], IamApi[N]['output'], IamApi[N]['errors']>;

const declare = operation<IamApi, WithIam>();

export function iamRead<N extends Name>(name: N, { about, read, ...rest }: Reader<N>): Declared<N> {
  const action = `iam:${name}`;
  return declare('iam', name, {
    action,
    audit: 'read',
    resources: (input, { account }) => about(input).map((ref) => refArn(account, ref)),
    ...rest,
    async handle({ iam }, ctx, input) {
      await authorizePaths(iam.database, ctx, action, about(input));
      return iam.database.read((tx) => read({ tx, iam, ctx, account: ctx.account }, input));
    },
  });
}

export function iamChange<N extends Name>(name: N, { about, change, authorize, ...rest }: Changer<N>): Declared<N> {
  const action = `iam:${name}`;
  return declare('iam', name, {
    action,
    audit: 'write',
    resources: (input, { account }) => about(input).map((ref) => refArn(account, ref)),
    ...rest,
    async handle({ iam }, ctx, input) {
      const touched = await authorizePaths(iam.database, ctx, action, about(input));
      await authorize?.({ iam, ctx, account: ctx.account }, input);
      const output = await iam.database.write(`identity.${name}`, async (tx) => {
        const answer = await change({ tx, iam, ctx, account: ctx.account }, input);
        await ctx.journal(tx, touched);
        iam.changes.changed(tx, ctx.account);
        return answer;
      });
      // Operations without an answer have an empty one in the model.
      return output ?? {};
    },
  });
}
