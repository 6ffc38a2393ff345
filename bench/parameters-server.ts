// What the parts of `parameters` share: a server over plain HTTP with a user of ten policies, signed calls of Parameter Store as bytes to be sent
// again and again, and what the server tells about itself.
import { type AccessCredentials, signV4 } from '@muster/agent/access/sign-v4.ts';
import { tenByTen } from './api-policies.ts';
import { ACCOUNT, type BenchServer, REGION, startServer, type StartOptions } from './server-process.ts';

export interface ParameterServer extends AsyncDisposable {
  readonly server: BenchServer;
  readonly port: number;
  readonly user: AccessCredentials;
}

const USER = 'bench-parameters';

/** One below every path that the benchmark reads and writes. */
const MAY = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'ssm:*',
      Resource: [`arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/*`, `arn:aws:ssm:${REGION}:${ACCOUNT}:*`],
    },
  ],
};

export async function startParameterServer(directory: string, options: StartOptions = {}): Promise<ParameterServer> {
  const server = await startServer(directory, ['--no-tls'], options);
  const dispose = () => server[Symbol.asyncDispose]();
  try {
    const user = await makeUser(server);
    return { server, port: Number(new URL(server.url).port), user, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The bytes of a signed call. Signatures are good for some minutes. */
export function callBytes({ server, user }: ParameterServer, operation: string, input: object): Buffer {
  const body = JSON.stringify(input);
  const { host } = new URL(server.url);
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonSSM.${operation}`, host };
  const signed = signV4({ method: 'POST', path: '/', headers, body }, { region: REGION, service: 'ssm', now: new Date() }, user);
  const lines = Object.entries({ ...signed, 'content-length': String(Buffer.byteLength(body)) }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return Buffer.from(['POST / HTTP/1.1', ...lines, '', body].join('\r\n'));
}

/** By the administrator. Throws what the server refuses. */
export async function callOnce(server: BenchServer, operation: string, input: object): Promise<unknown> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonSSM.${operation}` };
  return JSON.parse(await post(server, 'ssm', headers, JSON.stringify(input)));
}

/** Of the server's metrics, those without labels, by name. What it tells about delays is since the last time it was asked. */
export async function readings(server: BenchServer): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${server.url}/metrics`, { headers: { connection: 'close' } })).text();
  const pairs = text.split('\n').map((line) => line.split(' '));
  return new Map(
    pairs.flatMap(([name = '', value]) => (name.startsWith('#') || value === undefined ? [] : [[name, Number(value)]])),
  );
}

async function makeUser(server: BenchServer): Promise<AccessCredentials> {
  await iam(server, 'CreateUser', { UserName: USER });
  for (const [index, PolicyDocument] of tenByTen().entries()) {
    const PolicyName = `${USER}-${index}`;
    await iam(server, 'CreatePolicy', { PolicyName, PolicyDocument });
    await iam(server, 'AttachUserPolicy', { UserName: USER, PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/${PolicyName}` });
  }
  await iam(server, 'PutUserPolicy', { UserName: USER, PolicyName: 'parameters', PolicyDocument: JSON.stringify(MAY) });
  const key = await iam(server, 'CreateAccessKey', { UserName: USER });
  const value = (element: string) => new RegExp(`<${element}>([^<]+)<`).exec(key)?.[1] ?? '';
  return { accessKeyId: value('AccessKeyId'), secretAccessKey: value('SecretAccessKey') };
}

function iam(server: BenchServer, Action: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ Action, Version: '2010-05-08', ...fields }).toString();
  return post(server, 'iam', { 'content-type': 'application/x-www-form-urlencoded' }, body);
}

async function post(server: BenchServer, service: string, headers: Record<string, string>, body: string): Promise<string> {
  const { host } = new URL(server.url);
  const request = { method: 'POST', path: '/', headers: { ...headers, host }, body };
  const signed = signV4(request, { region: REGION, service, now: new Date() }, server.credentials);
  const answer = await fetch(`${server.url}/`, { method: 'POST', headers: signed, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${service} answered ${answer.status}: ${text}`);
  return text;
}
