// `muster params rollback NAME --to VERSION`: the server makes an older version the newest once more; the value does not come by here.
import type { Host } from '../host.ts';
import { readCount, readOptions, SERVER_OPTIONS } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { withServer } from '../server-session.ts';
import { UsageError } from '../usage-error.ts';
import { onlyArgument, readSelector } from './arguments.ts';
import { ParameterApi } from './parameter-api.ts';

const OPTIONS = {
  'data-dir': SERVER_OPTIONS['data-dir'],
  to: { type: 'string' },
  expect: { type: 'string' },
} as const;

export async function rollbackParameter(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('params', argv, OPTIONS);
  const name = onlyArgument('rollback', 'NAME', positionals);
  const to = readSelector('to', values.to);
  if (to === undefined)
    throw new UsageError('to which version? --to NUMBER or --to LABEL; muster params history NAME lists them');
  const expected = readCount('expect', values.expect, 1, Number.MAX_SAFE_INTEGER);
  return withServer(host, values['data-dir'], async ({ client, screen }) => {
    const { Version, RestoredVersion } = await new ParameterApi(client).rollback({
      Name: name,
      ...(/^\d+$/.test(to) ? { ParameterVersion: Number(to) } : { Label: to }),
      ...(expected === undefined ? {} : { ExpectedVersion: expected }),
    });
    screen.note(`${name} version ${String(Version)} is what version ${String(RestoredVersion)} was`);
    return EXIT.success;
  });
}
