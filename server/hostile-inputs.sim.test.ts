// What strangers and users without rights send to the whole server: changed signatures, tokens of sessions, of identity providers and of pages,
// policies, bodies in JSON and as forms. None is accepted, none is answered with a 500, and memory stays what it was. MUSTER_HOSTILE_INPUTS asks
// for another number of them, MUSTER_SEED for another run.
import assert from 'node:assert/strict';
import test from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type AccessCredentials, signV4 } from '@muster/testkit/signing.ts';
import { temporaryDirectory } from '@muster/testkit/database.ts';
import { change, damageSigned, type SignedRequest } from '@muster/testkit/hostile-inputs.ts';
import { damage, GOOD_CALLS, invent, mutate } from '@muster/testkit/mutated-calls.ts';
import { startOidcIssuer } from '@muster/testkit/oidc-issuer.ts';
import { addUser } from '@muster/testkit/people.ts';
import { createRandom, type Random, simulationSeeds, withSeed } from '@muster/testkit/random.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { compilePolicy } from './cloud/identity/policy-engine/compile.ts';
import { parsePolicy, PolicyError } from './cloud/identity/policy-engine/document.ts';
import { evaluate } from './cloud/identity/policy-engine/evaluate.ts';
import { resourceName } from './cloud/identity/policy-engine/request.ts';
import { declaredOperations } from './operations.ts';
import { compileService, serviceModels } from './platform/api/index.ts';

/** A bounded part in every run; the whole million on demand (README, Tests). */
const INPUTS = Number(process.env['MUSTER_HOSTILE_INPUTS'] ?? 20_000);
/** A million takes some minutes. */
const TEST_MS_MAX = 30 * 60_000;
/** Of the heap, after a collection, from the first thousands to the last. */
const GROWTH_BYTES_MAX = 48 * 1024 * 1024;
/** Bodies above it have their own tests: the socket may end before the answer is read. */
const BODY_CHARACTERS_MAX = 16_000;
const REGION = 'us-east-1';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface Family {
  readonly name: string;
  readonly share: number;
  /** Sends one; throws where it is accepted or is more than refused. */
  strike(random: Random): Promise<void>;
}

async function run(seed: number): Promise<void> {
  const failures: string[] = [];
  const simulation = new Simulation({ seed, log: (line) => void (/ ERROR /.test(line) && failures.push(line)) });
  await using directory = await temporaryDirectory();
  await using issuer = await startOidcIssuer(directory.path);
  const random = createRandom(seed);
  try {
    await simulation.start();
    await simulation.enrol(1, [], () => 'silent');
    const families = [
      await signatures(simulation),
      await sessionTokens(simulation),
      await providerTokens(simulation, issuer),
      await pageTokens(simulation),
      policies(),
      await bodies(simulation),
    ];
    const total = families.reduce((sum, { share }) => sum + share, 0);
    let heapBefore = 0;
    for (let input = 0; input < INPUTS; input++) {
      let dice = random.fraction() * total;
      const family = families.find(({ share }) => (dice -= share) < 0) ?? families[0]!;
      await family.strike(random);
      assert.deepEqual(failures, [], family.name);
      // Signatures and tokens are good for minutes; the caches are full by then.
      if (input === Math.floor(INPUTS / 4)) heapBefore = heapBytes();
    }
    const grown = heapBytes() - heapBefore;
    assert.ok(grown < GROWTH_BYTES_MAX, `the heap grew by ${Math.round(grown / 1024)} KB`);
    assert.equal((await simulation.call('DescribeInstanceInformation', {})).status, 200);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  } finally {
    await simulation.stop();
  }
}

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** Refused, and by a decision: neither taken nor a mistake of ours. */
function assertRefused(answer: { readonly status: number; readonly body: string }, sent: unknown): void {
  if (answer.status >= 400 && answer.status < 500) return;
  assert.fail(`${JSON.stringify(sent).slice(0, 3_000)} -> ${answer.status} ${answer.body.slice(0, 500)}`);
}

/** Requests that are taken as they are. */
async function goodRequests(simulation: Simulation, credentials: AccessCredentials): Promise<readonly SignedRequest[]> {
  const { host } = simulation.network;
  const of = (service: string, method: string, path: string, body: string, headers: Record<string, string>): SignedRequest => {
    const request = { method, path, headers: { ...headers, host }, body };
    return { ...request, headers: signV4(request, { region: REGION, service, now: simulation.clock.now() }, credentials) };
  };
  const json = (target: string) => ({ 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const requests = [
    of('sts', 'POST', '/', 'Action=GetCallerIdentity&Version=2011-06-15', form),
    of('iam', 'POST', '/', 'Action=ListUsers&Version=2010-05-08&MaxItems=1', form),
    of('ssm', 'POST', '/', '{"MaxResults":1}', json('AmazonSSM.ListDocuments')),
    of('muster', 'POST', '/', '{"Action":"ssm:GetDocument"}', json('Muster.ExplainAccess')),
    of('resource-groups', 'POST', '/groups-list', '{"MaxResults":1}', { 'content-type': 'application/json' }),
  ];
  for (const { path, headers, body, method } of requests)
    assert.equal((await simulation.network.post(path, headers, body, method)).status, 200);
  return requests;
}

async function signatures(simulation: Simulation): Promise<Family> {
  const good = await goodRequests(simulation, simulation.administrator);
  return {
    name: 'signatures',
    share: 30,
    async strike(random) {
      const sent = damageSigned(random, random.pick(good));
      assertRefused(await simulation.network.post(sent.path, sent.headers, sent.body, sent.method), sent);
    },
  };
}

/** Signed with the right secret: only the token is another. */
async function sessionTokens(simulation: Simulation): Promise<Family> {
  const node = simulation.nodes[0]!.registered.credentials;
  const user = await addUser(simulation, 'sessions');
  const { body } = await callOperation(callerOf(simulation, user), 'sts', 'GetSessionToken', {});
  const value = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(body)?.[1] ?? '';
  const session: AccessCredentials = {
    accessKeyId: value('AccessKeyId'),
    secretAccessKey: value('SecretAccessKey'),
    sessionToken: value('SessionToken'),
  };
  const both = [node, session];
  for (const credentials of both)
    assert.equal((await callOperation(callerOf(simulation, credentials), 'sts', 'GetCallerIdentity', {})).status, 200);
  return {
    name: 'session tokens',
    share: 15,
    async strike(random) {
      const own = random.pick(both);
      const token = own.sessionToken ?? '';
      const other = both.find((one) => one !== own)?.sessionToken ?? '';
      const sessionToken = changedToken(random, token, other);
      const credentials = random.chance(0.9)
        ? { ...own, sessionToken }
        : { ...own, accessKeyId: change(random, own.accessKeyId) };
      const answer = await callOperation(callerOf(simulation, credentials), 'sts', 'GetCallerIdentity', {});
      assertRefused(answer, credentials);
    },
  };
}

function changedToken(random: Random, token: string, other: string): string {
  for (;;) {
    const changed = random.pick([
      () => change(random, token),
      () => token.slice(0, 1 + random.below(token.length - 1)),
      () => `${token}${token.slice(0, random.below(token.length))}A`,
      () => token.slice(0, token.length / 2) + other.slice(other.length / 2),
      () => (other === '' ? change(random, token) : other),
    ])();
    // Of the last character of base64 some bits mean nothing.
    if (!Buffer.from(changed, 'base64url').equals(Buffer.from(token, 'base64url'))) return changed;
  }
}

async function providerTokens(simulation: Simulation, issuer: Awaited<ReturnType<typeof startOidcIssuer>>): Promise<Family> {
  const administrator = callerOf(simulation, simulation.administrator);
  const host = issuer.url.slice('https://'.length);
  const provider = `arn:aws:iam::000000000000:oidc-provider/${host}`;
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { Federated: provider }, Action: 'sts:AssumeRoleWithWebIdentity' },
  });
  const made = [
    await callOperation(administrator, 'iam', 'CreateOpenIDConnectProvider', {
      Url: issuer.url,
      'ClientIDList.member.1': 'muster',
      'ThumbprintList.member.1': issuer.thumbprints.authority,
    }),
    await callOperation(administrator, 'iam', 'CreateRole', { RoleName: 'Federated', AssumeRolePolicyDocument: trust }),
  ];
  for (const { status, body } of made) assert.equal(status, 200, body);
  const seconds = Math.floor(simulation.clock.now().getTime() / 1_000);
  const claims = { iss: issuer.url, sub: 'alice', aud: 'muster', exp: seconds + 86_000, iat: seconds };
  const token = issuer.token(claims);
  const stranger = { transport: simulation.network, region: REGION, now: simulation.clock.now() };
  const assume = (WebIdentityToken: string) =>
    callOperation(stranger, 'sts', 'AssumeRoleWithWebIdentity', {
      RoleArn: 'arn:aws:iam::000000000000:role/Federated',
      RoleSessionName: 'hostile',
      WebIdentityToken,
    });
  const taken = await assume(token);
  assert.equal(taken.status, 200, taken.body);
  const parts = token.split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  return {
    name: 'tokens of identity providers',
    share: 10,
    async strike(random) {
      const changed = parts.map((part, at) => (at === random.below(3) ? changedToken(random, part, '') : part)).join('.');
      const sent = random.chance(0.05) ? `${none}.${parts[1]}.` : changed;
      if (sent !== token) assertRefused(await assume(sent), sent);
    },
  };
}

async function pageTokens(simulation: Simulation): Promise<Family> {
  const administrator = callerOf(simulation, simulation.administrator);
  const { body } = await simulation.call('ListDocuments', { MaxResults: 1 });
  const token = String(body['NextToken']);
  return {
    name: 'page tokens',
    share: 5,
    async strike(random) {
      const NextToken = changedToken(random, token, '');
      assertRefused(await callOperation(administrator, 'ssm', 'ListDocuments', { MaxResults: 1, NextToken }), NextToken);
    },
  };
}

const DENIALS = {
  Version: '2012-10-17',
  Statement: [
    { Sid: 'A', Effect: 'Deny', Action: ['ssm:*', 'iam:Get?ser'], Resource: '*' },
    {
      Effect: 'Deny',
      NotAction: 'sts:GetCallerIdentity',
      Resource: ['arn:aws:ssm:*:*:document/${aws:username}', 'arn:aws:iam::*:role/*'],
      Condition: {
        'ForAnyValue:StringLikeIfExists': { 'aws:TagKeys': ['a*', "${aws:x, 'y'}"] },
        NumericLessThan: { 'aws:MultiFactorAuthAge': '300' },
        IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] },
        DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' },
        Null: { 'aws:TokenIssueTime': 'false' },
      },
    },
  ],
};

/** No damage to a policy that only forbids makes one that allows. */
function policies(): Family {
  const request = {
    caller: { account: '000000000000', arn: 'arn:aws:iam::000000000000:user/ann' },
    action: 'ssm:SendCommand',
    resource: resourceName('arn:aws:ssm:us-east-1:000000000000:document/ann'),
    resourceAccount: '000000000000',
    keys: new Map([
      ['aws:username', ['ann']],
      ['aws:tagkeys', ['abc', '__proto__']],
      ['aws:sourceip', ['10.1.2.3']],
      ['aws:multifactorauthage', ['5']],
      ['aws:currenttime', ['2026-11-21T10:00:00Z']],
    ]),
  } as unknown as Parameters<typeof evaluate>[1];
  return {
    name: 'policies',
    share: 20,
    strike(random) {
      let tree: unknown = DENIALS;
      for (let times = 1 + random.below(3); times > 0; times--) tree = mutate(random, tree);
      const text = random.chance(0.3) ? damage(random, JSON.stringify(DENIALS)) : JSON.stringify(tree);
      try {
        const policy = compilePolicy('p', parsePolicy(text, random.pick(['identity', 'resource', 'trust'] as const)));
        assert.equal(evaluate({ identity: [policy], resource: policy }, request).allowed, false, text.slice(0, 3_000));
      } catch (error) {
        if (!(error instanceof PolicyError)) throw error;
      }
      return Promise.resolve();
    },
  };
}

/** Rightly signed, by a user without any policy, for every operation. */
async function bodies(simulation: Simulation): Promise<Family> {
  const credentials = await addUser(simulation, 'nobody');
  const services = new Map(serviceModels.map((model) => [model.service, compileService(model)]));
  const forEverybody = new Set(['GetCallerIdentity', 'GetSessionToken']);
  const operations = declaredOperations().filter(({ name, unsigned }) => unsigned !== true && !forEverybody.has(name));
  const ids = { nodeId: simulation.nodes[0]!.registered.nodeId, commandId: simulation.ids.uuid(), name: 'Mine' };
  const known = [ids.nodeId, ids.commandId, 'Mine', 'nobody', 'MusterNode', 'AWS-RunShellScript', '1', '{}'];
  const make = (random: Random): { readonly operation: (typeof operations)[number]; readonly body: string } => {
    for (;;) {
      const operation = random.pick(operations);
      const model = services.get(operation.service);
      const declared = model?.operation(operation.name);
      assert.ok(model !== undefined && declared !== undefined);
      let input = GOOD_CALLS[operation.name]?.(ids) ?? invent({ random, known }, declared.input);
      for (let times = random.below(3); times > 0; times--) input = mutate(random, input);
      if (charactersOf(input) > BODY_CHARACTERS_MAX) continue;
      const tree = typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {};
      const { protocols, apiVersion } = model.model;
      const text = protocols[0] === 'query' ? formOf(random, apiVersion, operation.name, tree) : JSON.stringify(tree);
      const body = random.chance(0.3) ? damage(random, text) : text;
      if (body.length <= BODY_CHARACTERS_MAX) return { operation, body };
    }
  };
  return {
    name: 'bodies',
    share: 20,
    async strike(random) {
      const { operation, body } = make(random);
      const answer = await callOperation(callerOf(simulation, credentials), operation.service, operation.name, body);
      assertRefused(answer, [operation.name, body]);
    },
  };
}

/** Enough to leave out what would be larger than any text: lists of lists of long texts. */
function charactersOf(tree: unknown): number {
  if (typeof tree === 'string') return tree.length;
  if (typeof tree !== 'object' || tree === null) return 1;
  let sum = 0;
  for (const [name, value] of Object.entries(tree)) {
    sum += name.length + charactersOf(value);
    if (sum > BODY_CHARACTERS_MAX) break;
  }
  return sum;
}

function formOf(random: Random, version: string, action: string, input: object): string {
  const form = new URLSearchParams({ Action: action, Version: version });
  for (const [name, value] of Object.entries(input)) {
    const field = random.chance(0.2)
      ? `${name}.member.${random.pick(['1', '0', '-1', '999999999', '1.1.1.1', '__proto__', ''])}`
      : name;
    form.set(field, typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  }
  return form.toString();
}

function callerOf(simulation: Simulation, credentials: AccessCredentials) {
  return { transport: simulation.network, region: REGION, now: simulation.clock.now(), credentials };
}

for (const seed of simulationSeeds(1))
  test(`none of ${INPUTS} hostile inputs is accepted, and none is too much (seed ${seed})`, { timeout: TEST_MS_MAX }, () =>
    withSeed(seed, () => run(seed)),
  );
