// Many readers of the API in a process of their own: each asks for an invocation or a page of them, waits for the answer, and asks again, on a
// connection of its own. On `report` it tells how many answers came and how long they took.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { signV4 } from '@muster/agent/access/sign-v4.ts';

interface ReaderOrder {
  readonly url: string;
  readonly caFile: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly readers: number;
  readonly commandId: string;
  readonly nodeIds: readonly string[];
}

let answers = 0;
let refused = 0;
/** Connections that ended in place of an answer: clients ask again. */
let dropped = 0;
let took: number[] = [];

function start(order: ReaderOrder): void {
  const { hostname, port, host } = new URL(order.url);
  const agent = new Agent({ ca: readFileSync(order.caFile), keepAlive: true, maxSockets: order.readers });
  const ask = (operation: string, input: object): Promise<number> =>
    new Promise((resolve) => {
      const drop = () => resolve(0);
      const body = JSON.stringify(input);
      const headers = { 'content-type': 'application/x-amz-json-1.1', host, 'x-amz-target': `AmazonSSM.${operation}` };
      const scope = { region: order.region, service: 'ssm', now: new Date() };
      const signed = signV4({ method: 'POST', path: '/', headers, body }, scope, order.credentials);
      const withLength = { ...signed, 'content-length': String(Buffer.byteLength(body)) };
      const outgoing = request({ hostname, port, path: '/', method: 'POST', agent, headers: withLength }, (answer) => {
        answer.on('end', () => resolve(answer.statusCode ?? 0));
        answer.on('error', drop);
        answer.resume();
      });
      outgoing.on('error', drop);
      outgoing.end(body);
    });
  const loop = async (reader: number) => {
    for (let turn = reader; ; turn++) {
      const nodeId = order.nodeIds[turn % order.nodeIds.length] ?? '';
      const startedAt = performance.now();
      const status =
        turn % 2 === 0
          ? await ask('GetCommandInvocation', { CommandId: order.commandId, InstanceId: nodeId })
          : await ask('ListCommandInvocations', { CommandId: order.commandId, MaxResults: 50 });
      took.push(performance.now() - startedAt);
      if (status === 200) answers++;
      else if (status > 0) refused++;
      else dropped++;
    }
  };
  const failed = (error: unknown) => {
    process.stderr.write(`a reader failed: ${String(error)}\n`);
    process.exit(1);
  };
  for (let reader = 0; reader < order.readers; reader++) loop(reader).catch(failed);
}

process.on('message', (message: ReaderOrder | 'report') => {
  if (message !== 'report') return start(message);
  process.send?.({ report: { answers, refused, dropped, took } });
  answers = 0;
  refused = 0;
  dropped = 0;
  took = [];
});
process.on('disconnect', () => process.exit(0));
