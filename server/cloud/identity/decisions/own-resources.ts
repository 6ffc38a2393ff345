// What conditions ask about identity's own resources: tags of users, roles and policies, and the boundary of a user or role. Other ARNs are asked
// of the other domains.
import type { AccountId } from '../../../platform/ids.ts';
import type { Database, ReadTx } from '../../../platform/store/index.ts';
import type { ResourceKeys, ResourceTags } from './lookups.ts';
import { tagsOf } from '../entities/belongings-store.ts';
import { findEntity } from '../entities/directory.ts';
import type { Entity } from '../entities/entity.ts';
import type { EntityKind } from '../tables.ts';

/** Names are unique whatever the path: an ARN of the name alone means the same one. */
const OWN = /^arn:aws:iam::([0-9]{12}):(user|group|role|policy|instance-profile)\/(?:.*\/)?([^/]+)$/;
const IAM = 'arn:aws:iam:';

export function withOwnTags(database: Database, others: ResourceTags): ResourceTags {
  return async (arns, tx) => {
    const found = await ofOwn(database, arns, tx, async (reader, account, { id }) => {
      const tags = await tagsOf(reader, account, id);
      return new Map(tags.map(({ Key, Value }) => [Key, Value]));
    });
    return new Map([...found, ...(await ofOthers(others, arns, tx))]);
  };
}

export function withOwnKeys(database: Database, others: ResourceKeys): ResourceKeys {
  return async (arns, tx, caller) => {
    const found = await ofOwn(database, arns, tx, (_reader, _account, { boundaryArn }) =>
      Promise.resolve(new Map(boundaryArn === undefined ? [] : [['iam:permissionsboundary', [boundaryArn]]])),
    );
    return new Map([...found, ...(await ofOthers((rest, inside) => others(rest, inside, caller), arns, tx))]);
  };
}

async function ofOwn<Facts>(
  database: Database,
  arns: readonly string[],
  tx: ReadTx | undefined,
  factsOf: (tx: ReadTx, account: AccountId, entity: Entity) => Promise<Facts>,
): Promise<Map<string, Facts>> {
  const named = arns.flatMap((arn) => {
    const [, account, kind, name] = OWN.exec(arn) ?? [];
    return name === undefined ? [] : [{ arn, account: account as AccountId, kind: kind as EntityKind, name }];
  });
  const found = new Map<string, Facts>();
  if (named.length === 0) return found;
  const read = async (reader: ReadTx) => {
    for (const { arn, account, kind, name } of named) {
      const entity = await findEntity(reader, account, kind, name);
      if (entity !== undefined) found.set(arn, await factsOf(reader, account, entity));
    }
  };
  await (tx === undefined ? database.read(read) : read(tx));
  return found;
}

async function ofOthers<Facts>(
  others: (arns: readonly string[], tx: ReadTx | undefined) => Promise<ReadonlyMap<string, Facts>>,
  arns: readonly string[],
  tx: ReadTx | undefined,
): Promise<ReadonlyMap<string, Facts>> {
  const rest = arns.filter((arn) => !arn.startsWith(IAM));
  return rest.length === 0 ? new Map() : others(rest, tx);
}
