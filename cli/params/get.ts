// `muster params get NAME`: the value alone. Byte for byte where no terminal reads it; made safe, on a line of its own, where one does.
import type { Host } from '../host.ts';
import { readOptions, SERVER_OPTIONS } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { withServer } from '../server-session.ts';
import { onlyArgument } from './arguments.ts';
import { ParameterApi } from './parameter-api.ts';

export async function getParameter(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('params', argv, { 'data-dir': SERVER_OPTIONS['data-dir'] });
  const name = onlyArgument('get', 'NAME', positionals);
  return withServer(host, values['data-dir'], async ({ client, screen }) => {
    const { Value } = await new ParameterApi(client).value(name);
    if (screen.out.isTerminal) screen.print(screen.out.safe(Value));
    else screen.printRaw(Value);
    return EXIT.success;
  });
}
