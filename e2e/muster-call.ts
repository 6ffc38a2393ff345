// An operation of ours, which the AWS CLI does not know, as the administrator.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createSocketTransport } from '@muster/testkit/fleet/transport.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import type { Json } from './aws-cli.ts';
import type { RunningServer } from './running-server.ts';

export async function muster(server: RunningServer, operation: string, input: Json): Promise<Json> {
  const { environment } = server;
  const transport = createSocketTransport(server.endpoint, readFileSync(server.caFile, 'utf8'));
  const credentials = {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
  };
  const caller = { transport, region: environment['AWS_DEFAULT_REGION'] ?? '', now: new Date(), credentials };
  const { status, body } = await callOperation(caller, 'muster', operation, input);
  transport.close();
  assert.equal(status, 200, body);
  return JSON.parse(body) as Json;
}
