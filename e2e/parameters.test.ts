// Parameter Store through the AWS CLI: the table of facts about real AWS, and a use as of a service that reads its path. Needs: aws.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { FactCall } from '@muster/server/parameters/facts/fact.fixture.ts';
import { FACTS } from '@muster/server/parameters/facts/facts.fixture.ts';
import { aws, awsRefusal, withoutAwsCli } from './aws-cli.ts';
import type { Json } from './aws-cli.ts';
import { RunningServer } from './running-server.ts';

const options = { skip: withoutAwsCli };
let server: RunningServer;
/** The CLI sends what it would refuse itself, so that the server's sentences are seen. */
let unchecking: { readonly environment: Readonly<Record<string, string>> };

before(async () => {
  if (withoutAwsCli !== false) return;
  server = await RunningServer.start({ command: 'server' });
  const config = join(server.dataDir, '..', 'aws-config');
  writeFileSync(config, '[default]\nparameter_validation = false\n');
  unchecking = { environment: { ...server.environment, AWS_CONFIG_FILE: config } };
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
});

const kebab = (operation: string): string => operation.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
/** Pages are not followed. */
const argumentsOf = ([operation, input]: FactCall): readonly string[] => [
  'ssm',
  kebab(operation),
  '--no-paginate',
  '--cli-input-json',
  JSON.stringify(input),
];
const callOf = (call: FactCall): Promise<Json> => aws(unchecking, ...argumentsOf(call));

/** What the CLI prints of an error, as `Code: message`. */
function said(printed: string): string {
  const [, code, message = ''] = /An error occurred \((\w+)\) when calling the \w+ operation: ?([^]*)$/.exec(printed) ?? [];
  return code === undefined ? printed : `${code}: ${message.trim()}`;
}

for (const { fact, given = [], call, refusal, answer } of FACTS) {
  test(`${call[0]}: ${fact}`, options, async () => {
    for (const one of given) await callOf(one);
    if (refusal === undefined) return assert.partialDeepStrictEqual(await callOf(call), answer);
    const text = said(await awsRefusal(unchecking, ...argumentsOf(call)));
    return typeof refusal === 'string' ? assert.equal(text, refusal) : assert.match(text, refusal);
  });
}

test('a service keeps its path: written, read as a whole, rolled back by version', options, async () => {
  const put = (name: string, value: string, ...more: readonly string[]) =>
    aws(server, 'ssm', 'put-parameter', '--name', name, '--value', value, '--type', 'SecureString', ...more);
  for (let at = 0; at < 12; at++) await put(`/shop/key_${String(at).padStart(2, '0')}`, `value ${at}`);
  await put('/shop/key_00', 'changed', '--overwrite');
  const all = await aws(server, 'ssm', 'get-parameters-by-path', '--path', '/shop', '--with-decryption');
  const values = (all['Parameters'] as { Value: string }[]).map(({ Value }) => Value);
  assert.deepEqual(values, ['changed', ...Array.from({ length: 11 }, (_, at) => `value ${at + 1}`)]);
  const before = await aws(server, 'ssm', 'get-parameter', '--name', '/shop/key_00:1', '--with-decryption');
  assert.equal((before['Parameter'] as { Value: string }).Value, 'value 0');
});
