// Documents for those who run them. Hot in SendCommand: which version and which content is meant is asked of the database each time
// (two key look-ups, right on every replica), the parsed content is kept by its hash.
import { fail } from '../platform/api/errors.ts';
import type { Scope } from '../platform/ids.ts';
import { parse } from './content.ts';
import { documentArn, isRunnable, nameSeenFrom } from './document.ts';
import type { DocumentHead } from './document.ts';
import { getHead, MISSING_VERSION, seenNumber } from './domain.ts';
import type { Documents } from './domain.ts';
import type { DocumentLibrary, ResolvedDocument } from './face.ts';
import * as store from './store.ts';

/** At 64 KB of content each, a few hundred KB parsed: tens of MB at worst, and far more documents than are run at once. */
const PARSED_MAX = 100;

type Parsed = Pick<ResolvedDocument, 'platformTypes' | 'hash' | 'statusInformation' | 'document'>;

function parsedOf({ platformTypes, hash, statusInformation }: Omit<Parsed, 'document'>, document: Parsed['document']): Parsed {
  return { platformTypes, hash, statusInformation, document };
}

export function createLibrary(domain: Documents): DocumentLibrary {
  const parsed = new Map<string, Parsed>();

  const remember = (key: string, entry: Parsed): Parsed => {
    parsed.delete(key);
    const [oldest] = parsed.keys();
    if (parsed.size >= PARSED_MAX && oldest !== undefined) parsed.delete(oldest);
    parsed.set(key, entry);
    return entry;
  };

  const find = (scope: Scope, nameOrArn: string, wanted: string | undefined) =>
    domain.database.read(async (tx) => {
      const { head, builtIn, owner, share } = await getHead(domain, tx, scope, nameOrArn, { fail });
      const number = seenNumber(head, share, wanted);
      if (number === undefined) return fail('InvalidDocumentVersion', MISSING_VERSION);
      // Another account's document has no other name here than its ARN.
      const name = nameSeenFrom(scope, owner, head.name);
      if (builtIn !== undefined) {
        const { version, document } = builtIn;
        if (number !== version.version) return fail('InvalidDocumentVersion', MISSING_VERSION);
        if (document === undefined) return refuseType(head);
        return { head, name, number, entry: parsedOf(version, document) };
      }
      if (!isRunnable(head.documentType)) return refuseType(head);
      const hash = await store.findHash(tx, owner, head.name, number);
      if (hash === undefined) return fail('InvalidDocumentVersion', MISSING_VERSION);
      const key = [owner.account, owner.region, head.name, number, hash].join('/');
      const known = parsed.get(key);
      if (known !== undefined) return { head, name, number, entry: remember(key, known) };
      const version = await store.findVersion(tx, owner, head.name, number);
      if (version === undefined) return fail('InvalidDocumentVersion', MISSING_VERSION);
      const document = parse(version.content, version.format);
      return { head, name, number, entry: remember(key, parsedOf(version, document)) };
    });

  return {
    async resolve(scope, name, version) {
      const { head, name: named, number, entry } = await find(scope, name, version);
      return {
        name: named,
        arn: documentArn(scope, named),
        version: String(number),
        documentType: head.documentType,
        ...entry,
      };
    },
  };
}

/** What agents do not run has operations of its own: StartAutomationExecution, StartSession, GetCalendarState, … */
function refuseType(head: DocumentHead): never {
  return fail(
    'InvalidDocument',
    `Document ${head.name} is of type ${head.documentType}, which can't be sent to nodes: use a document of type Command.`,
  );
}
