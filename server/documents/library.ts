// Documents for those who run them. Hot in SendCommand: which version and which content is meant is asked of the database each time
// (two key look-ups, right on every replica), the parsed content is kept by its hash.
import { fail } from '../platform/api/errors.ts';
import type { Scope } from '../platform/ids.ts';
import { parse } from './content.ts';
import { documentArn, versionNumber } from './document.ts';
import { getHead, MISSING_VERSION } from './domain.ts';
import type { Documents } from './domain.ts';
import type { DocumentLibrary, ResolvedDocument } from './face.ts';
import * as store from './store.ts';

/** At 64 KB of content each, a few hundred KB parsed: tens of MB at worst, and far more documents than are run at once. */
const PARSED_MAX = 100;

type Parsed = Pick<ResolvedDocument, 'platformTypes' | 'hash' | 'document'>;

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
      const { head, builtIn } = await getHead(domain, tx, scope, nameOrArn, { fail });
      const number = versionNumber(head, wanted);
      if (builtIn !== undefined) {
        const { version, document } = builtIn;
        if (number !== version.version) return fail('InvalidDocumentVersion', MISSING_VERSION);
        return { head, number, entry: { platformTypes: version.platformTypes, hash: version.hash, document } };
      }
      const hash = await store.findHash(tx, scope, head.name, number);
      if (hash === undefined) return fail('InvalidDocumentVersion', MISSING_VERSION);
      const key = [scope.account, scope.region, head.name, number, hash].join('/');
      const known = parsed.get(key);
      if (known !== undefined) return { head, number, entry: remember(key, known) };
      const version = await store.findVersion(tx, scope, head.name, number);
      if (version === undefined) return fail('InvalidDocumentVersion', MISSING_VERSION);
      const document = parse(version.content, version.format);
      return { head, number, entry: remember(key, { platformTypes: version.platformTypes, hash: version.hash, document }) };
    });

  return {
    async resolve(scope, name, version) {
      const { head, number, entry } = await find(scope, name, version);
      return {
        name: head.name,
        arn: documentArn(scope, head.name),
        version: String(number),
        documentType: head.documentType,
        ...entry,
      };
    },
  };
}
