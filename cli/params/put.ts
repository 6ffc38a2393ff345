// `muster params put NAME`: the value comes from standard input or is typed without being shown, never from an argument, so that it stands in no
// shell's history and in no list of processes.
import { AwsError } from '../aws-call.ts';
import type { Host } from '../host.ts';
import { readOptions, SERVER_OPTIONS } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { withServer } from '../server-session.ts';
import { UsageError } from '../usage-error.ts';
import { onlyArgument } from './arguments.ts';
import { ParameterApi } from './parameter-api.ts';

const OPTIONS = {
  'data-dir': SERVER_OPTIONS['data-dir'],
  type: { type: 'string' },
  overwrite: { type: 'boolean' },
  'key-id': { type: 'string' },
  description: { type: 'string' },
  exact: { type: 'boolean' },
} as const;

export async function putParameter(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('params', argv, OPTIONS);
  const name = onlyArgument('put', 'NAME (the value comes from standard input)', positionals);
  const { type, overwrite = false, description, exact = false } = values;
  const value = await readValue(host, name, exact);
  if (value === '') throw new UsageError('the value is empty, which no parameter may be');
  return withServer(host, values['data-dir'], async ({ client, screen }) => {
    const api = new ParameterApi(client);
    // What is there keeps its type and its key.
    const [there] = overwrite ? await api.describedByName([name]) : [];
    const keyId = values['key-id'] ?? there?.KeyId;
    const version = await named(
      name,
      api.put({
        Name: name,
        Value: value,
        Type: type ?? there?.Type ?? 'SecureString',
        Overwrite: overwrite,
        ...(keyId === undefined ? {} : { KeyId: keyId }),
        ...(description === undefined ? {} : { Description: description }),
      }),
    );
    screen.note(`${name} version ${version}`);
    return EXIT.success;
  });
}

/** AWS's sentence speaks of a field of the request. */
async function named(name: string, put: Promise<number>): Promise<number> {
  try {
    return await put;
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ParameterAlreadyExists') throw error;
    const sentence = `there is a parameter ${name} already; --overwrite makes a new version of it`;
    throw new AwsError(error.code, sentence, error.status);
  }
}

async function readValue(host: Host, name: string, exact: boolean): Promise<string> {
  if (host.readPiped !== undefined) {
    const bytes = await host.readPiped();
    const text = bytes.toString();
    if (!Buffer.from(text).equals(bytes)) throw new UsageError('standard input is not UTF-8, which a parameter must be');
    return exact ? text : text.replace(/\r?\n$/, '');
  }
  if (host.askHidden === undefined) throw new UsageError('no value: write it to standard input');
  host.stderr.write(`value of ${name} (is not shown): `);
  const typed = await host.askHidden();
  host.stderr.write('\n');
  return typed;
}
