// `muster params list PATH`: what lies below a path, page by page. No values.
import type { Host } from '../host.ts';
import { readOptions, SERVER_OPTIONS } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { withServer } from '../server-session.ts';
import { shownTime } from '../terminal/duration.ts';
import { Table } from '../terminal/table.ts';
import { plainName } from '../terminal/untrusted-text.ts';
import { onlyArgument, readPath } from './arguments.ts';
import type { MetadataView } from './parameter.ts';
import { ParameterApi } from './parameter-api.ts';

const OPTIONS = { ...SERVER_OPTIONS, 'one-level': { type: 'boolean' } } as const;
const HEADINGS = ['NAME', 'TYPE', 'VERSION', 'TIER', 'CHANGED', 'DESCRIPTION'];

export async function listParameters(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('params', argv, OPTIONS);
  const path = readPath(onlyArgument('list', 'PATH', positionals));
  return withServer(host, values['data-dir'], async ({ client, screen }) => {
    const table = new Table(HEADINGS);
    let count = 0;
    for await (const page of new ParameterApi(client).describedBelow(path, values['one-level'] !== true)) {
      count += page.length;
      if (values.json === true) for (const one of page) screen.printJson(membersOf(one));
      else if (page.length > 0) for (const line of table.page(page.map((one) => rowOf(one).map(plainName)))) screen.print(line);
      await screen.settle();
      if (screen.outputGone.aborted) break;
    }
    if (count === 0 && values.json !== true) screen.note(`no parameters below ${path}`);
    return EXIT.success;
  });
}

function rowOf({ Name, Type, Version, Tier, LastModifiedDate, Description }: MetadataView): string[] {
  return [Name, Type, String(Version), Tier ?? '', shownTime(LastModifiedDate), Description ?? ''];
}

function membersOf(one: MetadataView): Record<string, unknown> {
  return {
    type: 'parameter',
    name: one.Name,
    parameterType: one.Type,
    version: one.Version,
    tier: one.Tier,
    keyId: one.KeyId,
    description: one.Description,
    changedAt: one.LastModifiedDate === undefined ? undefined : new Date(one.LastModifiedDate * 1000).toISOString(),
    changedBy: one.LastModifiedUser,
  };
}
