// What a command of people needs to talk to the server, for as long as it runs; and how a refusal or a lost server is said: one line,
// and an exit code of its own.
import { AwsError, ConnectionError } from './aws-call.ts';
import { awsClient, reasonOf } from './aws-client.ts';
import type { AwsClient } from './aws-client.ts';
import { findEndpoint } from './connection.ts';
import type { AwsEndpoint } from './aws-call.ts';
import type { Host } from './host.ts';
import { CommandApi } from './run-command/command-api.ts';
import { EXIT } from './run-command/outcome.ts';
import { Screen } from './terminal/screen.ts';
import { plainName } from './terminal/untrusted-text.ts';

export interface ServerSession {
  readonly host: Host;
  readonly screen: Screen;
  readonly endpoint: AwsEndpoint;
  readonly client: AwsClient;
  readonly commands: CommandApi;
}

/** Resolves to the exit code. */
export async function withServer(
  host: Host,
  dataDir: string | undefined,
  act: (session: ServerSession) => Promise<number>,
): Promise<number> {
  const endpoint = findEndpoint(dataDir, host.env);
  const client = awsClient(endpoint, host.clock);
  const screen = new Screen(host);
  try {
    return await act({ host, screen, endpoint, client, commands: new CommandApi(client) });
  } catch (error) {
    if (!isServerFailure(error)) throw error;
    screen.showBar(undefined);
    screen.note(`muster: ${failureInWords(error, endpoint)}`);
    return error instanceof AwsError && error.status < 500 ? EXIT.wrongUse : EXIT.unknown;
  } finally {
    screen.showBar(undefined);
    client.close();
  }
}

/** Refused, or not answered: for a person; anything else is a mistake of ours. */
export function isServerFailure(error: unknown): error is AwsError | ConnectionError {
  return error instanceof AwsError || error instanceof ConnectionError;
}

export function failureInWords(error: AwsError | ConnectionError, endpoint: AwsEndpoint): string {
  if (!(error instanceof AwsError)) return `cannot reach ${plainName(endpoint.url)}: ${plainName(reasonOf(error))}`;
  if (error.code === 'UnknownOperationException') return `${plainName(error.message)} (is the server older than this muster?)`;
  return plainName(reasonOf(error));
}
