// What conditions of policies ask about resources, by ARN: which rows of tags an ARN of which service means, the type of a
// document, and whether a node is in the group whose parameters it asks for.
import type { ResourceKeys, ResourceTags } from './cloud/identity/index.ts';
import type { AccountId, NodeId, Region, Scope } from './platform/ids.ts';
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

export interface ResourceFacts {
  /** Undefined: no such document. */
  documentType(tx: ReadTx, arn: string): Promise<string | undefined>;
  /** One look-up, whatever the size of the group or the number of groups. */
  isInGroup(tx: ReadTx, scope: Scope, group: string, nodeId: NodeId): Promise<boolean>;
}

/**
 * `ssm:DocumentType` of documents that are there; `muster:NodeGroup` of parameters below `/muster/groups/G`, which is G when the calling node is
 * in that resource group now.
 */
export function createResourceKeys(database: Database, facts: ResourceFacts): ResourceKeys {
  async function read(
    tx: ReadTx,
    arns: readonly string[],
    caller: Parameters<ResourceKeys>[2],
  ): Promise<Map<string, ReadonlyMap<string, readonly string[]>>> {
    const found = new Map<string, ReadonlyMap<string, readonly string[]>>();
    // A call may name many parameters of one group.
    const asked = new Map<string, Promise<boolean>>();
    for (const arn of arns) {
      const type = DOCUMENT.test(arn) ? await facts.documentType(tx, arn) : undefined;
      if (type !== undefined) found.set(arn, new Map([['ssm:documenttype', [type]]]));
      const [, region, account, group] = GROUP_PARAMETER.exec(arn) ?? [];
      if (group === undefined || caller.kind !== 'node' || region !== caller.region || account !== caller.account) continue;
      const isIn = asked.get(group) ?? facts.isInGroup(tx, caller, group, caller.nodeId);
      asked.set(group, isIn);
      if (await isIn) found.set(arn, new Map([['muster:nodegroup', [group]]]));
    }
    return found;
  }
  return (arns, tx, caller) =>
    tx === undefined ? database.read((reader) => read(reader, arns, caller)) : read(tx, arns, caller);
}

const DOCUMENT = /^arn:aws:ssm:[^:]*:[0-9]*:document\//;
const GROUP_PARAMETER = /^arn:aws:ssm:([^:]*):([0-9]{12}):parameter\/muster\/groups\/([^/]+)(?:\/|$)/;
