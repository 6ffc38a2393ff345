// `muster params delete NAME…`: parameters with all their versions, ten a call. A person is asked; where nobody can be asked, --yes must say it. What was
// not there is named at the end; after a refusal, what is gone by then.
import type { Host } from '../host.ts';
import { readOptions, SERVER_OPTIONS } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { withServer } from '../server-session.ts';
import type { Screen } from '../terminal/screen.ts';
import { plainName } from '../terminal/untrusted-text.ts';
import { UsageError } from '../usage-error.ts';
import { NAMES_PER_CALL, ParameterApi } from './parameter-api.ts';

const OPTIONS = { 'data-dir': SERVER_OPTIONS['data-dir'], yes: { type: 'boolean' } } as const;
/** More than a person reads before they answer. */
const NAMES_ASKED_MAX = 50;

export async function deleteParameters(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('params', argv, OPTIONS);
  const names = [...new Set(positionals)];
  if (names.length === 0) throw new UsageError('muster params delete NAME…; muster params --help');
  const selected = names.find((name) => name.includes(':') && !name.startsWith('arn:'));
  if (selected !== undefined)
    throw new UsageError(`${JSON.stringify(selected)} names a version: a parameter is deleted with all of them, or not at all`);
  if (values.yes !== true && host.ask === undefined)
    throw new UsageError('nobody can be asked here; --yes deletes without asking');
  return withServer(host, values['data-dir'], async ({ client, screen }) => {
    if (values.yes !== true && !(await isWanted(names, screen, host.ask))) {
      screen.note('muster: nothing was deleted');
      return EXIT.wrongUse;
    }
    return deleteAll(new ParameterApi(client), names, screen);
  });
}

async function isWanted(names: readonly string[], screen: Screen, ask: Host['ask']): Promise<boolean> {
  for (const name of names.slice(0, NAMES_ASKED_MAX)) screen.note(plainName(name));
  if (names.length > NAMES_ASKED_MAX) screen.note(`and ${names.length - NAMES_ASKED_MAX} more`);
  const what = names.length === 1 ? 'it with all its versions' : `these ${names.length} with all their versions`;
  screen.noteRaw(`Type yes to delete ${what}, labels and tags: `);
  return (await ask?.())?.trim() === 'yes';
}

async function deleteAll(api: ParameterApi, names: readonly string[], screen: Screen): Promise<number> {
  const missing: string[] = [];
  let gone = 0;
  try {
    for (let from = 0; from < names.length; from += NAMES_PER_CALL) {
      const group = names.slice(from, from + NAMES_PER_CALL);
      const absent = await api.delete(group);
      missing.push(...absent);
      gone += group.length - absent.length;
      for (const name of group) if (!absent.includes(name)) screen.print(plainName(name));
    }
  } finally {
    for (const name of missing) screen.note(`there is no parameter ${plainName(name)}`);
    screen.note(`${gone} of ${names.length} deleted`);
  }
  return missing.length === 0 ? EXIT.success : EXIT.failed;
}
