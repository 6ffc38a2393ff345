// api: how many calls a second the whole path of a request takes (signature, ten policies of ten statements, audit), beside a raw node:http echo in
// the same run, by the same callers. Requests are signed once and sent again and again: callers cost as little as can be, on both sides.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccessCredentials, signV4 } from '@muster/agent/access/sign-v4.ts';
import type { ApiOrder, ApiReport } from './api-client.ts';
import { GROUP, measureDecision, PARAMETERS, tenByTen } from './api-policies.ts';
import { told } from './children.ts';
import { cpuSeconds, median } from './process-readings.ts';
import { ACCOUNT, type BenchServer, REGION, startServer } from './server-process.ts';
import { judge, quantile } from './verdict.ts';

export interface ApiOptions {
  readonly clients: number;
  readonly rounds: number;
  readonly seconds: number;
}

const RATIO_MIN = 0.18;
const DECISION_US_MAX = 20;
const FORM_TYPE = 'application/x-www-form-urlencoded';

interface Call {
  readonly service: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const CALLS: Readonly<Record<string, Call>> = {
  GetCallerIdentity: {
    service: 'sts',
    path: '/',
    headers: { 'content-type': FORM_TYPE },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  },
  GetGroup: {
    service: 'resource-groups',
    path: '/get-group',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ Group: GROUP }),
  },
  GetParameter: ssm('GetParameter', { Name: PARAMETERS.text }),
  'GetParameter (secret)': ssm('GetParameter', { Name: PARAMETERS.secret, WithDecryption: true }),
};

function ssm(operation: string, input: object): Call {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonSSM.${operation}` };
  return { service: 'ssm', path: '/', headers, body: JSON.stringify(input) };
}

export async function api(options: ApiOptions): Promise<void> {
  const decision = measureDecision();
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const echo = fork(join(import.meta.dirname, 'http-echo.ts'));
  const callers = fork(join(import.meta.dirname, 'api-client.ts'));
  try {
    const [{ port: echoPort }] = await Promise.all([
      told<{ port: number }>(echo, 'port'),
      told<{ ready: true }>(callers, 'ready'),
    ]);
    await using server = await startServer(directory, ['--no-tls']);
    const bench = { callers, server, credentials: await makeUser(server), echoPort, options };
    process.stdout.write(`api, ${options.clients} clients, median of ${options.rounds} warm rounds of ${options.seconds} s\n`);
    const ratios: [string, number][] = [];
    for (const name of Object.keys(CALLS)) ratios.push([name, await compare(bench, name)]);
    process.stdout.write(`  one decision over 10 policies of 10 statements   ${decision.toFixed(1)} µs\n`);
    judge([
      ...ratios.map(([what, measured]) => ({
        what: `${what} beside the echo`,
        measured,
        atLeast: RATIO_MIN,
        unit: '×' as const,
      })),
      { what: 'one decision', measured: decision, atMost: DECISION_US_MAX, unit: 'µs' },
    ]);
  } finally {
    callers.kill('SIGKILL');
    echo.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  }
}

interface Bench {
  readonly callers: ChildProcess;
  readonly server: BenchServer;
  readonly credentials: AccessCredentials;
  readonly echoPort: number;
  readonly options: ApiOptions;
}

/** Rounds of both alternate, so that what else the machine does meets both. */
async function compare(bench: Bench, name: string): Promise<number> {
  const { callers, server, credentials, echoPort, options } = bench;
  const call = CALLS[name];
  if (call === undefined) throw new Error(`no call ${name}`);
  const ours: number[] = [];
  const raw: number[] = [];
  const took: number[] = [];
  let cpu = 0;
  for (let round = -1; round < options.rounds; round++) {
    // Signatures are good for some minutes.
    const request = bytesOf(server, call, credentials).toString('base64');
    const order = { request, clients: options.clients, seconds: options.seconds };
    const plain = await runRound(callers, { ...order, port: echoPort });
    const cpuBefore = cpuSeconds(server.pid);
    const own = await runRound(callers, { ...order, port: Number(new URL(server.url).port) });
    if (own.refused + plain.refused > 0) throw new Error(`${own.refused + plain.refused} calls were refused`);
    if (round < 0) continue;
    cpu += (cpuSeconds(server.pid) - cpuBefore) / own.answers;
    ours.push(own.answers / options.seconds);
    raw.push(plain.answers / options.seconds);
    took.push(...own.took);
  }
  const ratio = median(ours.map((rate, round) => rate / (raw[round] ?? Number.NaN)));
  process.stdout.write(
    `  ${name.padEnd(21)} ${median(ours).toFixed(0)} a second (p50 ${quantile(took, 0.5).toFixed(1)} ms, p99 ${quantile(took, 0.99).toFixed(1)} ms, ` +
      `${((cpu / options.rounds) * 1e6).toFixed(0)} µs of CPU each)   raw echo ${median(raw).toFixed(0)}   ratio ${ratio.toFixed(2)}\n`,
  );
  return ratio;
}

async function runRound(callers: ChildProcess, order: ApiOrder): Promise<ApiReport> {
  const report = told<{ report: ApiReport }>(callers, 'report');
  callers.send(order);
  return (await report).report;
}

function signed(
  server: BenchServer,
  { service, path, headers, body }: Call,
  credentials: AccessCredentials,
): Readonly<Record<string, string>> {
  const { host } = new URL(server.url);
  const request = { method: 'POST', path, headers: { ...headers, host }, body };
  return signV4(request, { region: REGION, service, now: new Date() }, credentials);
}

function bytesOf(server: BenchServer, call: Call, credentials: AccessCredentials): Buffer {
  const headers = { ...signed(server, call, credentials), 'content-length': String(Buffer.byteLength(call.body)) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([`POST ${call.path} HTTP/1.1`, ...lines, '', call.body].join('\r\n'));
}

/** A user with ten managed policies, and the group and the parameters that it may read. */
async function makeUser(server: BenchServer): Promise<AccessCredentials> {
  const UserName = 'bench';
  await iam(server, 'CreateUser', { UserName });
  for (const [index, PolicyDocument] of tenByTen().entries()) {
    const PolicyName = `bench-${index}`;
    await iam(server, 'CreatePolicy', { PolicyName, PolicyDocument });
    await iam(server, 'AttachUserPolicy', { UserName, PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/${PolicyName}` });
  }
  const key = await iam(server, 'CreateAccessKey', { UserName });
  const value = (element: string) => new RegExp(`<${element}>([^<]+)<`).exec(key)?.[1] ?? '';
  const ResourceQuery = {
    Type: 'TAG_FILTERS_1_0',
    Query: JSON.stringify({ ResourceTypeFilters: ['AWS::AllSupported'], TagFilters: [{ Key: 'a' }] }),
  };
  const body = JSON.stringify({ Name: GROUP, ResourceQuery });
  await post(server, { service: 'resource-groups', path: '/groups', headers: { 'content-type': 'application/json' }, body });
  const Value = 'the-value-of-a-parameter';
  await post(server, ssm('PutParameter', { Name: PARAMETERS.text, Type: 'String', Value }));
  await post(server, ssm('PutParameter', { Name: PARAMETERS.secret, Type: 'SecureString', Value }));
  return { accessKeyId: value('AccessKeyId'), secretAccessKey: value('SecretAccessKey') };
}

function iam(server: BenchServer, Action: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ Action, Version: '2010-05-08', ...fields }).toString();
  return post(server, { service: 'iam', path: '/', headers: { 'content-type': FORM_TYPE }, body });
}

/** By the administrator. */
async function post(server: BenchServer, call: Call): Promise<string> {
  const answer = await fetch(`${server.url}${call.path}`, {
    method: 'POST',
    headers: signed(server, call, server.credentials),
    body: call.body,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}
