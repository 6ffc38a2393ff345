// /downloads/ over real sockets: what agents fetch, what people upload, and what strangers try.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openTestDatabase } from '@muster/testkit/database.ts';
import { openDocuments, PUBLIC_URL, script, sha256 } from '../documents/attachments/attachment.fixture.ts';
import { createDownloads } from './index.ts';
import type { DownloadsOptions } from './index.ts';
import type { GetDocumentResult } from '../platform/api/models/ssm.types.gen.ts';

const BYTES = Buffer.alloc(300_000, 'some bytes of a package ');
const HOUR_MS = 3_600_000;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function open(over: Partial<DownloadsOptions> = {}) {
  const domain = await openDocuments(openTestDatabase);
  const handle = createDownloads({ attachments: domain.documents.downloads, clock: domain.clock, ...over });
  const failures: unknown[] = [];
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      failures.push(error);
      response.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const send = async (method: string, url: string, body?: Buffer, headers: Record<string, string> = {}): Promise<Answer> => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, method, path: url.replace(PUBLIC_URL, ''), headers });
    // A refused body may meet a closed connection; the answer is there by then.
    outgoing.on('error', () => undefined);
    outgoing.end(body);
    const [answer] = await once(outgoing, 'response');
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(await answer.toArray()) };
  };
  const announce = (bytes: Buffer, over: object = {}) =>
    domain.call<{ UploadUrl: string; AttachmentUrl: string }>('CreateAttachmentUpload', {
      Sha256: sha256(bytes),
      SizeBytes: bytes.length,
      ...over,
    });
  const attach = async (name = 'file.zip', bytes = BYTES): Promise<string> => {
    const { UploadUrl, AttachmentUrl } = await announce(bytes);
    assert.equal((await send('PUT', UploadUrl, bytes)).status, 200);
    const Attachments = [{ Key: 'S3FileUrl', Values: [AttachmentUrl], Name: name }];
    await domain.call('CreateDocument', { Name: 'Doc', Content: script(), Attachments });
    const got = await domain.call<GetDocumentResult>('GetDocument', { Name: 'Doc' });
    return got.AttachmentsContent?.[0]?.Url ?? '';
  };
  return {
    ...domain,
    port,
    send,
    announce,
    attach,
    failures,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await domain[Symbol.asyncDispose]();
    },
  };
}

test('an attachment is fetched with nothing but its URL, and is nothing that a browser would run', async () => {
  await using site = await open();
  const url = await site.attach();
  const { status, headers, body } = await site.send('GET', url);
  assert.equal(status, 200);
  assert.ok(body.equals(BYTES));
  assert.equal(headers['content-length'], String(BYTES.length));
  assert.equal(headers.etag, `"${sha256(BYTES)}"`);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cache-control'], 'no-store');
  assert.match(String(headers['content-security-policy']), /^sandbox/);
  assert.equal(headers['content-disposition'], 'attachment; filename="file.zip"');
  const again = await site.send('GET', url, undefined, { 'if-none-match': headers.etag ?? '' });
  assert.deepEqual([again.status, again.body.length], [304, 0]);
  const head = await site.send('HEAD', url);
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, String(BYTES.length), 0]);
});

test('a URL that was changed, has expired, or leads to what is gone is refused with one sentence', async () => {
  await using site = await open();
  const url = await site.attach();
  const { UploadUrl, AttachmentUrl } = await site.announce(BYTES);
  const other = sha256('something else');
  const forged = [
    url.replace('/Doc/', '/Other/'),
    url.replace('/Doc/1/', '/Doc/2/'),
    url.replace('file.zip', 'other.zip'),
    url.replace('/123456789012/', '/210987654321/'),
    url.replace('us-east-1', 'eu-west-1'),
    url.replace(/sha256=[0-9a-f]+/, `sha256=${other}`),
    url.replace(/expires=\d+/, 'expires=99999999999'),
    url.replace(/signature=...../, 'signature=AAAAA'),
    url.replace(/&signature=.*/, ''),
    url.replace(/\?.*/, ''),
    url.replace('file.zip', '..%2f..%2fmaster.key'),
    url.replace('/Doc/1/file.zip', '/../../../master.key'),
    url.replace('/downloads/attachments', '/downloads/attachments/./'),
    UploadUrl,
    AttachmentUrl,
    '/downloads/',
    '/downloads/../master.key',
    `/downloads/attachments/${'x'.repeat(4000)}`,
  ];
  for (const path of forged) {
    const { status, body, headers } = await site.send('GET', path);
    assert.equal(status, 403, path);
    assert.match(body.toString(), /^This URL is not valid[^\n]*\n$/);
    assert.equal(headers['cache-control'], 'no-store');
  }
  assert.equal((await site.send('PUT', url, BYTES)).status, 403);
  assert.equal((await site.send('POST', url)).status, 405);
  assert.equal((await site.send('DELETE', url)).status, 405);

  await site.clock.advance(HOUR_MS);
  for (const [method, path] of [
    ['GET', url],
    ['PUT', UploadUrl],
  ] as const) {
    const late = await site.send(method, path, method === 'PUT' ? BYTES : undefined);
    assert.equal(late.status, 403);
    assert.match(late.body.toString(), /^This URL has expired/);
  }
  const got = await site.call<GetDocumentResult>('GetDocument', { Name: 'Doc' });
  await site.call('DeleteDocument', { Name: 'Doc' });
  const gone = await site.send('GET', got.AttachmentsContent?.[0]?.Url ?? '');
  assert.deepEqual([gone.status, gone.body.toString()], [404, 'There is nothing here any more.\n']);
});

test('an upload takes the announced bytes once, and no others', async () => {
  await using site = await open();
  const { UploadUrl } = await site.announce(BYTES);
  const sameLength = Buffer.from(BYTES).fill('x');
  const wrong = await site.send('PUT', UploadUrl, sameLength);
  assert.deepEqual([wrong.status, /SHA-256/.test(wrong.body.toString())], [400, true]);
  const longer = await site.send('PUT', UploadUrl, Buffer.concat([BYTES, BYTES]));
  assert.deepEqual(
    [longer.status, /announced with 300000 bytes, this body has 600000/.test(longer.body.toString())],
    [400, true],
  );
  const unmeasured = await site.send('PUT', UploadUrl, Buffer.concat([BYTES, BYTES]), { 'transfer-encoding': 'chunked' });
  assert.deepEqual([unmeasured.status, /more came/.test(unmeasured.body.toString())], [413, true]);
  const shorter = await site.send('PUT', UploadUrl, BYTES.subarray(1), { 'transfer-encoding': 'chunked' });
  assert.equal(shorter.status, 400);
  for (const bytes of [BYTES, sameLength]) assert.equal(await site.blobs.has(sha256(bytes)), false);

  assert.equal((await site.send('PUT', UploadUrl, BYTES)).status, 200);
  assert.equal(await site.blobs.has(sha256(BYTES)), true);
  const again = await site.send('PUT', UploadUrl, BYTES);
  assert.deepEqual([again.status, again.body.toString()], [200, 'The bytes are here already.\n']);
  assert.deepEqual(site.failures, []);
});

test('an upload of another size than announced is never attached', async () => {
  await using site = await open();
  const { UploadUrl, AttachmentUrl } = await site.announce(BYTES, { SizeBytes: BYTES.length + 5 });
  const sent = await site.send('PUT', UploadUrl, BYTES, { 'transfer-encoding': 'chunked' });
  assert.deepEqual([sent.status, sent.body.toString()], [400, 'The upload was announced with 300005 bytes; 300000 came.\n']);
  const Attachments = [{ Key: 'S3FileUrl', Values: [AttachmentUrl], Name: 'file.zip' }];
  await assert.rejects(site.call('CreateDocument', { Name: 'Doc', Content: script(), Attachments }), /have not come yet/);
});

test('of half an upload nothing stays, and it can be sent again', async () => {
  await using site = await open();
  const { UploadUrl, AttachmentUrl } = await site.announce(BYTES);
  const socket = connect(site.port, '127.0.0.1');
  const path = UploadUrl.replace(PUBLIC_URL, '');
  socket.write(`PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${BYTES.length}\r\n\r\n`);
  socket.write(BYTES.subarray(0, BYTES.length / 2), () => socket.destroy());
  await once(socket, 'close');
  const Attachments = [{ Key: 'S3FileUrl', Values: [AttachmentUrl], Name: 'file.zip' }];
  await assert.rejects(site.call('CreateDocument', { Name: 'Doc', Content: script(), Attachments }), /have not come yet/);
  assert.equal((await site.send('PUT', UploadUrl, BYTES)).status, 200);
  assert.deepEqual(site.failures, []);
});

test('an upload that came whole and could not be kept is not called stored, and can be sent again', async () => {
  await using site = await open();
  const { UploadUrl } = await site.announce(BYTES);
  // Where the folder of its digest goes there is a file.
  const inTheWay = join(site.dataDir, 'blobs', sha256(BYTES).slice(0, 2));
  await mkdir(dirname(inTheWay), { recursive: true });
  await writeFile(inTheWay, '');
  // No answer: the handler fails, and the connection of this test's server ends with it.
  const sent = connect(site.port, '127.0.0.1');
  sent.write(`PUT ${UploadUrl.replace(PUBLIC_URL, '')} HTTP/1.1\r\nHost: x\r\nContent-Length: ${BYTES.length}\r\n\r\n`);
  sent.write(BYTES);
  assert.equal((await sent.toArray()).length, 0);
  assert.equal(site.failures.length, 1);
  await rm(inTheWay);
  const again = await site.send('PUT', UploadUrl, BYTES);
  assert.deepEqual([again.status, again.body.toString()], [200, 'Stored.\n']);
});

test('a stranger without a capability is answered before a byte of the body is read', async () => {
  await using site = await open();
  const socket = connect(site.port, '127.0.0.1');
  socket.write(
    'PUT /downloads/uploads/00000000-0000-4000-8000-000000000000 HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n',
  );
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 403 /);
  assert.match(String(answer), /connection: close/i);
  socket.destroy();
});

test('transfers above the limit wait in line, and whoever goes away leaves it', async () => {
  await using site = await open({ downloadsMax: 1 });
  const large = Buffer.alloc(32 * 1024 * 1024, 'x');
  const url = await site.attach('large.zip', large);
  const slow = httpRequest({ host: '127.0.0.1', port: site.port, path: url.replace(PUBLIC_URL, '') }).end();
  const [held] = await once(slow, 'response');
  // It takes nothing: its place is taken until it goes.
  const impatient = httpRequest({ host: '127.0.0.1', port: site.port, path: url.replace(PUBLIC_URL, '') }).end();
  impatient.on('error', () => undefined);
  await once(impatient, 'socket');
  const patient = site.send('HEAD', url);
  impatient.destroy();
  held.destroy();
  assert.equal((await patient).status, 200);
  assert.equal((await site.send('HEAD', url)).status, 200);
  assert.deepEqual(site.failures, []);
});

test('a peer that neither takes nor sends a byte for half a minute is given up', async () => {
  await using site = await open();
  const stalled = async (): Promise<void> => {
    while (site.clock.timers === 0) await new Promise((resolve) => void setImmediate(resolve));
    await site.clock.advance(30_000);
  };
  const url = await site.attach('large.zip', Buffer.alloc(32 * 1024 * 1024, 'x'));
  const taking = httpRequest({ host: '127.0.0.1', port: site.port, path: url.replace(PUBLIC_URL, '') }).end();
  const [held] = await once(taking, 'response');
  await stalled();
  await assert.rejects(held.toArray(), /aborted/);

  const { UploadUrl } = await site.announce(BYTES);
  const sending = httpRequest({ host: '127.0.0.1', port: site.port, method: 'PUT', path: UploadUrl.replace(PUBLIC_URL, '') });
  sending.write(BYTES.subarray(0, 1000));
  const closed = new Promise((resolve) => void sending.on('close', resolve));
  sending.on('error', () => undefined);
  await stalled();
  await closed;
  assert.equal(await site.blobs.has(sha256(BYTES)), false);
  assert.deepEqual(site.failures, []);
});
