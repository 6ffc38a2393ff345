// What conditions of policies ask about resources, by ARN: which rows of tags an ARN of which service means, and the type of a document.
import type { ResourceKeys, ResourceTags } from './cloud/identity/index.ts';
import type { AccountId, Region } from './platform/ids.ts';
import type { Database, ReadTx } from './platform/store/index.ts';
import type { Tags } from './platform/tags/index.ts';

/** What the tables call the resources of an ARN: service and the word before the first slash. */
const KINDS: Readonly<Record<string, string>> = {
  'ssm:document': 'Document',
  'ssm:managed-instance': 'ManagedInstance',
  'ssm:parameter': 'Parameter',
  'ec2:instance': 'ManagedInstance',
  'resource-groups:group': 'Group',
  'kms:key': 'Key',
};
/** What `Tags.listMany` takes at once. */
const AT_ONCE = 500;

interface Named {
  readonly arn: string;
  readonly account: AccountId;
  readonly region: Region;
  readonly kind: string;
  readonly id: string;
}

export function createResourceTags(database: Database, tags: Tags): ResourceTags {
  async function read(tx: ReadTx, arns: readonly string[]): Promise<Map<string, ReadonlyMap<string, string>>> {
    const found = new Map<string, ReadonlyMap<string, string>>();
    const named = arns.flatMap((arn) => parse(arn) ?? []);
    for (const [place, group] of Map.groupBy(named, ({ account, region, kind }) => `${account}/${region}/${kind}`)) {
      const [first] = group;
      if (first === undefined) throw new Error(`no resource at ${place}`);
      for (let start = 0; start < group.length; start += AT_ONCE) {
        const chunk = group.slice(start, start + AT_ONCE);
        const rows = await tags.listMany(
          tx,
          first,
          first.kind,
          chunk.map(({ id }) => id),
        );
        for (const { arn, id } of chunk) found.set(arn, new Map((rows.get(id) ?? []).map(({ Key, Value }) => [Key, Value])));
      }
    }
    return found;
  }
  return (arns, tx) => (tx === undefined ? database.read((reader) => read(reader, arns)) : read(tx, arns));
}

function parse(arn: string): Named | undefined {
  const [, service, region, account, kindText, id] = /^arn:aws:([^:]*):([^:]*):([0-9]{12}):([^/]+)\/(.+)$/.exec(arn) ?? [];
  const key = `${service}:${kindText}`;
  const kind = Object.hasOwn(KINDS, key) ? KINDS[key] : undefined;
  if (kind === undefined || id === undefined) return undefined;
  return { arn, account: account as AccountId, region: region as Region, kind, id };
}

/** `ssm:DocumentType` of documents that are there. */
export function createResourceKeys(
  database: Database,
  documentType: (tx: ReadTx, arn: string) => Promise<string | undefined>,
): ResourceKeys {
  async function read(tx: ReadTx, arns: readonly string[]): Promise<Map<string, ReadonlyMap<string, readonly string[]>>> {
    const found = new Map<string, ReadonlyMap<string, readonly string[]>>();
    for (const arn of arns) {
      const type = DOCUMENT.test(arn) ? await documentType(tx, arn) : undefined;
      if (type !== undefined) found.set(arn, new Map([['ssm:documenttype', [type]]]));
    }
    return found;
  }
  return (arns, tx) => (tx === undefined ? database.read((reader) => read(reader, arns)) : read(tx, arns));
}

const DOCUMENT = /^arn:aws:ssm:[^:]*:[0-9]*:document\//;
