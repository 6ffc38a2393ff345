// `muster params history NAME`: the versions that are kept, with who made them. No values: a history on a screen must not be a list of old passwords.
import type { Host } from '../host.ts';
import { readOptions, SERVER_OPTIONS } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { withServer } from '../server-session.ts';
import { shownTime } from '../terminal/duration.ts';
import { Table } from '../terminal/table.ts';
import { plainName } from '../terminal/untrusted-text.ts';
import { onlyArgument } from './arguments.ts';
import { ParameterApi } from './parameter-api.ts';

export async function showHistory(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('params', argv, SERVER_OPTIONS);
  const name = onlyArgument('history', 'NAME', positionals);
  return withServer(host, values['data-dir'], async ({ client, screen }) => {
    const versions = await new ParameterApi(client).history(name);
    if (values.json === true) {
      for (const one of versions)
        screen.printJson({
          type: 'version',
          name: one.Name,
          version: one.Version,
          parameterType: one.Type,
          labels: one.Labels,
          changedAt: one.LastModifiedDate === undefined ? undefined : new Date(one.LastModifiedDate * 1000).toISOString(),
          changedBy: one.LastModifiedUser,
          description: one.Description,
        });
      return EXIT.success;
    }
    const table = new Table(['VERSION', 'TYPE', 'LABELS', 'CHANGED', 'BY', 'DESCRIPTION']);
    const rows = versions.map(({ Version, Type, Labels = [], LastModifiedDate, LastModifiedUser = '', Description = '' }) => [
      String(Version),
      Type,
      Labels.join(', '),
      shownTime(LastModifiedDate),
      LastModifiedUser.replace(/^arn:aws:(?:iam|sts)::/, ''),
      Description,
    ]);
    for (const line of table.page(rows.map((row) => row.map(plainName)))) screen.print(line);
    return EXIT.success;
  });
}
