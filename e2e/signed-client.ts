// Signed calls to a running server over connections that stay open: what the load of a durability test is made of, where a process of the AWS CLI for
// each call would be the load.
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { signV4 } from '@muster/testkit/signing.ts';
import type { RunningServer } from './running-server.ts';

export interface Reply {
  readonly status: number;
  readonly requestId: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Rejects when no whole answer comes: the server is gone. */
export type Caller = (service: 'ssm' | 'muster', operation: string, input: Readonly<Record<string, unknown>>) => Promise<Reply>;

const TARGETS = { ssm: 'AmazonSSM', muster: 'Muster' };

export interface SignedClient extends Disposable {
  readonly call: Caller;
}

/** As the administrator. */
export function signedClient(server: RunningServer, connections: number): SignedClient {
  const { environment, port } = server;
  const agent = new Agent({ keepAlive: true, maxSockets: connections, ca: readFileSync(server.caFile, 'utf8') });
  const region = environment['AWS_DEFAULT_REGION'] ?? '';
  const credentials = {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
  };
  const call: Caller = async (service, operation, input) => {
    const body = JSON.stringify(input);
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      host: `127.0.0.1:${port}`,
      'x-amz-target': `${TARGETS[service]}.${operation}`,
    };
    const signed = signV4({ method: 'POST', path: '/', headers, body }, { region, service, now: new Date() }, credentials);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const length = { 'content-length': String(Buffer.byteLength(body)) };
      const to = { host: '127.0.0.1', port, method: 'POST', path: '/', agent, headers: { ...signed, ...length } };
      request(to, resolve).on('error', reject).end(body);
    });
    const whole = JSON.parse(await text(answer)) as Reply['body'];
    return { status: answer.statusCode ?? 0, requestId: String(answer.headers['x-amzn-requestid']), body: whole };
  };
  return { call, [Symbol.dispose]: () => agent.destroy() };
}
