// A node's own key, development mode, and how principals are spelled.
import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, hash, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  ACCOUNT,
  REGION,
  NODE,
  TEMPORARY,
  NOW,
  nodeIdentity,
  credentials,
  oldKey,
  newKey,
  nodeKeys,
  authenticate,
  signed,
  refusalOf,
  changed,
  WRONG,
  UNRECOGNIZED,
  accepted,
} from './access.fixture.ts';
import type { Plain } from './access.fixture.ts';
import { administratorPrincipal, anonymousPrincipal, createAuthenticators, nodePrincipal } from './index.ts';

describe("a node's own key", () => {
  const TARGET = 'AmazonSSM.RequestManagedInstanceRoleToken';

  /** As the stock agent signs: PSS over the string to sign, base64, the body's hash in an unsigned header. */
  function nodeSigned(
    options: { key?: KeyObject; target?: string; nodeId?: string; region?: string; saltLength?: number } = {},
  ): Plain {
    const { key = newKey.privateKey, target = TARGET, nodeId = NODE, region = REGION, saltLength = 32 } = options;
    const body = '{"Fingerprint":"dbaa95ff-3f07-4bb4-b4ff-efb3953a45ce"}';
    const headers = {
      host: 'localhost:8443',
      'content-type': 'application/x-amz-json-1.1',
      'transfer-encoding': 'chunked',
      'x-amz-content-sha256': hash('sha256', body),
      'x-amz-date': '20261120T152435Z',
      'x-amz-target': target,
    };
    const signedHeaders = 'content-type;host;x-amz-date;x-amz-target';
    const canonical = `POST\n/\n\ncontent-type:${headers['content-type']}\nhost:localhost:8443\nx-amz-date:20261120T152435Z\nx-amz-target:${target}\n\n${signedHeaders}\n${hash('sha256', body)}`;
    const scope = `20261120/${region}/ssm/aws4_request`;
    const text = `AWS4-HMAC-SHA256\n20261120T152435Z\n${scope}\n${hash('sha256', canonical)}`;
    const signature = sign('sha256', Buffer.from(text), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }).toString(
      'base64',
    );
    const authorization = `AWS4-HMAC-SHA256 Credential=${nodeId}/${scope},SignedHeaders=${signedHeaders}, Signature=${signature}`;
    return { method: 'POST', path: '/', query: '', headers: { ...headers, authorization }, body };
  }

  test('signs for itself, as the node that it is', async () => {
    const { principal, region } = await authenticate(nodeSigned());
    assert.deepEqual(principal, { ...nodeIdentity, accessKeyId: NODE, signedWith: 'node-key' });
    assert.equal(region, REGION);
  });

  test('the key before is accepted for as long as the nodes domain names it, a foreign key never', async () => {
    const before = nodeSigned({ key: oldKey.privateKey });
    assert.deepEqual(await refusalOf(authenticate(before)), WRONG);
    accepted.keys = [newKey.publicKey, oldKey.publicKey];
    try {
      await authenticate(before);
      await authenticate(nodeSigned());
      const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
      assert.deepEqual(await refusalOf(authenticate(nodeSigned({ key: foreign.privateKey }))), WRONG);
    } finally {
      accepted.keys = [newKey.publicKey];
    }
  });

  test('a changed body, target, date or signature is refused', async () => {
    const request = nodeSigned();
    const change = (headers: Record<string, string>): Plain => ({ ...request, headers: { ...request.headers, ...headers } });
    assert.deepEqual(await refusalOf(authenticate({ ...request, body: '{}' })), WRONG);
    assert.deepEqual(await refusalOf(authenticate(change({ 'x-amz-date': '20261120T152436Z' }))), WRONG);
    assert.deepEqual(
      await refusalOf(authenticate(change({ 'x-amz-target': 'AmazonSSM.UpdateManagedInstancePublicKey' }))),
      WRONG,
    );
    const authorization = request.headers['authorization']!;
    const at = authorization.indexOf('Signature=') + 10;
    for (let index = at; index < authorization.length - 2; index += 7) {
      const by = authorization[index] === 'A' ? 'B' : 'A';
      assert.deepEqual(await refusalOf(authenticate(change({ authorization: changed(authorization, index, by) }))), WRONG);
    }
    assert.deepEqual(await refusalOf(authenticate(nodeSigned({ saltLength: 20 }))), WRONG);
  });

  test('is good for two operations only, and for registered nodes of that region only', async () => {
    assert.deepEqual(await refusalOf(authenticate(nodeSigned({ target: 'AmazonSSM.SendCommand' }))), UNRECOGNIZED);
    const gone = { code: 'InvalidInstanceId', message: '' };
    assert.deepEqual(await refusalOf(authenticate(nodeSigned({ nodeId: 'mi-000a93ebb5f1c28ec' }))), gone);
    assert.deepEqual(await refusalOf(authenticate(nodeSigned({ region: 'eu-west-1' }))), gone);
    assert.deepEqual(await refusalOf(authenticate(nodeSigned({ nodeId: 'mi-x' }))), UNRECOGNIZED);
    assert.match(
      (await refusalOf(authenticate(nodeSigned(), { at: new Date(NOW.getTime() + 301_000) }))).message,
      /^Signature expired/,
    );
  });
});

describe('--insecure-dev-auth', () => {
  const list = createAuthenticators({ credentials, nodeKeys, regions: [REGION], insecureDevAccount: ACCOUNT });

  test('takes any well-formed credentials as the administrator, whatever their date, region and signature', async () => {
    const request = await signed(
      { body: 'x' },
      {
        credentials: { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'dummy' },
        region: 'ap-south-1',
        at: new Date(0),
      },
    );
    const { principal, region } = await authenticate({ ...request, body: 'y' }, { list });
    assert.deepEqual(principal, administratorPrincipal(ACCOUNT, 'test'));
    assert.equal(region, 'ap-south-1');
    await authenticate(await signed({ method: 'GET' }, { presignSeconds: 1, noBodyHash: true, at: new Date(0) }), { list });
  });

  test("takes nothing from web pages, and nothing that names another host: a page could be anybody's", async () => {
    const ask = async (headers: Record<string, string>) =>
      authenticate(await signed({ headers }, { noBodyHash: true }), { list });
    for (const host of [
      'localhost',
      'LOCALHOST:8443',
      'ssm.localhost:1',
      '127.0.0.1:8443',
      '127.8.9.1',
      '[::1]:8443',
      'localhost.',
    ])
      assert.equal((await ask({ host })).principal.kind, 'administrator', host);
    for (const host of [
      'evil.example:8443',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '127.0.0.1@evil.example',
      'evil.example/127.0.0.1',
      '[::2]',
      '',
    ])
      assert.equal((await refusalOf(ask({ host }))).code, 'AccessDeniedException', host);
    const host = 'localhost:8443';
    assert.equal((await ask({ host, origin: 'https://localhost:8443' })).principal.kind, 'administrator');
    for (const origin of [
      'http://evil.example',
      'null',
      'http://localhost.evil.example',
      'file://',
      'http://localhost@evil.example',
    ])
      assert.equal((await refusalOf(ask({ host, origin }))).code, 'AccessDeniedException', origin);
    assert.equal((await refusalOf(ask({ host, 'sec-fetch-site': 'cross-site' }))).code, 'AccessDeniedException');
  });

  test('still refuses what is not signed at all, and leaves nodes what they are', async () => {
    const bare: Plain = { method: 'POST', path: '/', query: '', headers: {}, body: '' };
    assert.equal((await refusalOf(authenticate(bare, { list }))).code, 'MissingAuthenticationTokenException');
    assert.deepEqual((await authenticate(await signed({}, { credentials: TEMPORARY }), { list })).principal, nodeIdentity);
  });
});

test('principals are spelled as AWS spells them, and stay the same', () => {
  const administrator = administratorPrincipal(ACCOUNT, 'AKIA1');
  assert.equal(administrator.arn, 'arn:aws:iam::123456789012:user/administrator');
  assert.match(administrator.userId, /^AIDA[A-Z2-7]{16}$/);
  assert.equal(nodeIdentity.arn, `arn:aws:sts::123456789012:assumed-role/MusterNode/${NODE}`);
  assert.match(nodeIdentity.userId, new RegExp(`^AROA[A-Z2-7]{16}:${NODE}$`));
  const withPath = nodePrincipal({ ...nodeIdentity, scope: nodeIdentity, roleName: 'service-role/MusterNode' });
  assert.deepEqual(withPath, nodeIdentity);
  assert.equal(administratorPrincipal(ACCOUNT, 'AKIA2').userId, administrator.userId);
  assert.equal(anonymousPrincipal(ACCOUNT).kind, 'anonymous');
});
