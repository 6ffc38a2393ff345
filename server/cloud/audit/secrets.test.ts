// No secret is ever recorded: planted in every sensitive member of every operation, and taken from every answer that hands one out, none of them is
// found in the journal, in lookups, in an export, in a trail's files or in the bytes of the database.
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Simulation } from '@muster/testkit/simulation.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { declaredOperations } from '../../operations.ts';
import { hiddenJson } from '../../platform/api/codec/encode.ts';
import type { Shape } from '../../platform/api/codec/shape.ts';
import { compileService, serviceModels } from '../../platform/api/index.ts';
import { folderBuckets } from './index.ts';

const services = new Map(serviceModels.map((model) => [model.service, compileService(model)]));
const DEPTH_MAX = 6;

/** A value with `secret` wherever the model says that it is sensitive; undefined where it says so nowhere. */
function planted(shape: Shape, secret: string, sensitive = false, depth = 0): unknown {
  const hidden = sensitive || shape.sensitive;
  if (depth > DEPTH_MAX) return undefined;
  switch (shape.kind) {
    case 'structure':
      return withoutAbsent(
        shape.members.map((member) => [
          member.name,
          planted(member.shape, secret, hidden || member.ref.sensitive === true, depth + 1),
        ]),
      );
    case 'list': {
      const item = shape.item === undefined ? undefined : planted(shape.item, secret, hidden, depth + 1);
      return item === undefined ? undefined : [item];
    }
    case 'map': {
      const value = shape.value === undefined ? undefined : planted(shape.value, secret, hidden, depth + 1);
      return value === undefined ? undefined : { [hidden ? secret : 'key']: value };
    }
    case 'string':
      return hidden ? secret : undefined;
    case 'blob':
      return hidden ? Buffer.from(secret) : undefined;
    default:
      return undefined;
  }
}

function withoutAbsent(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> | undefined {
  const present = entries.filter(([, value]) => value !== undefined);
  return present.length === 0 ? undefined : Object.fromEntries(present);
}

const PLANTED = declaredOperations().flatMap(({ service, name }, at) => {
  const operation = services.get(service)?.operation(name);
  assert.ok(operation !== undefined);
  const secret = `Planted-Secret-${at}-0a9f8e7d6c5b4a`;
  const input = planted(operation.input, secret);
  return input === undefined ? [] : [{ service, name, operation, secret, input: input as Readonly<Record<string, unknown>> }];
});

test('what the journal keeps of an input has none of its sensitive members', () => {
  assert.ok(PLANTED.length >= 4, `${PLANTED.length} operations`);
  for (const { name, operation, input, secret } of PLANTED) {
    const text = hiddenJson(operation.input, input);
    assert.ok(!text.includes(secret), `${name}: ${text}`);
    assert.match(text, /HIDDEN/, name);
  }
});

test('planted and handed out secrets are nowhere to be found afterwards', async () => {
  let directory = '';
  const folder = mkdtempSync(join(tmpdir(), 'muster-secrets-'));
  const simulation = new Simulation({
    seed: 21,
    prepare: (path) => (directory = path),
    ports: { trailBuckets: folderBuckets(new Map([['secrets', folder]])) },
  });
  try {
    await simulation.start();
    const call = async (service: string, name: string, input: Readonly<Record<string, unknown>>) => {
      const caller = { transport: simulation.network, region: 'us-east-1', now: simulation.clock.now() };
      return callOperation({ ...caller, credentials: simulation.administrator }, service, name, input);
    };
    await call('cloudtrail', 'CreateTrail', { Name: 'all', S3BucketName: 'secrets' });
    await call('cloudtrail', 'StartLogging', { Name: 'all' });
    const secrets: string[] = PLANTED.map(({ secret }) => secret);
    for (const { service, name, input } of PLANTED) await call(service, name, input);

    // Well-formed calls, refused and done, whose inputs reach the journal.
    const guess = 'Guessed-Secret-Guessed-Secret';
    secrets.push(guess);
    await call('ssm', 'RegisterManagedInstance', {
      ActivationId: 'a',
      ActivationCode: guess,
      PublicKey: 'k',
      PublicKeyType: 'Rsa',
    });
    const Parameters = { commands: [`echo ${guess}`] };
    await call('ssm', 'SendCommand', { DocumentName: 'AWS-RunShellScript', InstanceIds: ['mi-00000000000000000'], Parameters });
    await call('muster', 'PreviewCommand', { DocumentName: 'AWS-RunShellScript', Parameters });
    // What is refused is not quoted in the message that goes on record.
    const wrong = { commands: ['true'], executionTimeout: [guess], [guess]: ['x'] };
    await call('ssm', 'SendCommand', {
      DocumentName: 'AWS-RunShellScript',
      Targets: [{ Key: 'tag:a', Values: ['b'] }],
      Parameters: wrong,
    });
    await call('ssm', 'SendCommand', {
      DocumentName: 'AWS-RunShellScript',
      Targets: [{ Key: 'tag:a', Values: ['b'] }],
      Parameters: { commands: ['true'], executionTimeout: [guess] },
    });
    await call('sts', 'AssumeRoleWithWebIdentity', {
      RoleArn: 'arn:aws:iam::000000000000:role/absent',
      RoleSessionName: 'guessing',
      WebIdentityToken: guess,
    });

    const answers = [
      await call('ssm', 'CreateActivation', { IamRole: 'MusterNode' }),
      await call('iam', 'CreateUser', { UserName: 'holder' }),
      await call('iam', 'CreateAccessKey', { UserName: 'holder' }),
      await call('sts', 'GetSessionToken', {}),
    ].map(({ body, status }) => {
      assert.equal(status, 200, body);
      return body;
    });
    const handedOut = answers.flatMap((body) =>
      [...body.matchAll(/(?:"ActivationCode":"|<(?:SecretAccessKey|SessionToken)>)([^"<]+)/g)].map(([, secret]) => secret ?? ''),
    );
    assert.equal(handedOut.length, 4);
    secrets.push(...handedOut, simulation.administrator.secretAccessKey);
    await simulation.clock.advance(70_000);

    const texts = new Map<string, string>();
    const exported = await call('muster', 'ExportAudit', { From: 0, To: simulation.clock.nowMs() / 1000 });
    texts.set('the export', exported.body);
    assert.ok(exported.body.includes('RegisterManagedInstance') && exported.body.includes('CreateAccessKey'));
    texts.set('lookups', (await call('cloudtrail', 'LookupEvents', {})).body);
    const files = globSync('**/*.json.gz', { cwd: folder });
    assert.notEqual(files.length, 0);
    for (const file of files) texts.set(file, gunzipSync(readFileSync(join(folder, file))).toString());
    for (const file of globSync('*.db*', { cwd: directory })) texts.set(file, readFileSync(join(directory, file), 'latin1'));
    assert.ok([...texts.keys()].some((name) => name.includes('.db')));
    for (const [place, text] of texts)
      for (const secret of secrets)
        assert.ok(
          !text.includes(secret),
          `${secret.slice(0, 20)}… is in ${place}: ${text.slice(text.indexOf(secret) - 300).slice(0, 400)}`,
        );
  } finally {
    await simulation.stop();
    rmSync(folder, { recursive: true });
  }
});
