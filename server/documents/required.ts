// `Requires`: the documents that a document cannot do without. Each must be there when it is named, in the version that is named; nothing holds
// it afterwards, as on AWS.
import type { DocumentRequires, DocumentType } from '../platform/api/models/ssm.types.gen.ts';
import type { RequestContext } from '../platform/api/operation.ts';
import type { Tx } from '../platform/store/index.ts';
import { getVersion } from './domain.ts';
import type { Documents } from './domain.ts';

/** Far above any use that AppConfig makes of it; each is looked up. */
const REQUIRED_MAX = 20;

export async function requireRequired(
  domain: Documents,
  tx: Tx,
  ctx: RequestContext,
  type: DocumentType,
  requires: readonly DocumentRequires[],
): Promise<void> {
  if (requires.length > REQUIRED_MAX)
    ctx.fail('ValidationException', `Requires names ${requires.length} documents; at most ${REQUIRED_MAX} are allowed.`);
  const types: DocumentType[] = [];
  for (const { Name: name, Version: version, VersionName: versionName } of requires) {
    const shown = [name, version, versionName].filter((part) => part !== undefined).join(' ');
    const refuse = {
      fail: (_code: string, message: string) =>
        ctx.fail('ValidationException', `Requires: ${shown} is not a document that can be required. ${message}`),
    };
    const wanted = { Name: name, DocumentVersion: version, VersionName: versionName };
    types.push((await getVersion(domain, tx, ctx, wanted, refuse)).head.documentType);
  }
  if (type === 'ApplicationConfiguration' && !types.includes('ApplicationConfigurationSchema'))
    ctx.fail(
      'ValidationException',
      'A document of type ApplicationConfiguration requires a document of type ApplicationConfigurationSchema: name it in Requires.',
    );
}
