// The whole pipeline through a real listener: what is refused where, and what an answer reveals.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { test } from 'node:test';
import { ApiError } from './errors.ts';
import { KEY, REGION, startTestServer } from './testdata/test-server.ts';

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

/** A signed JSON call, byte by byte as a test wants it. */
function signed(
  service: string,
  path: string,
  headers: Record<string, string>,
  body: string | Buffer,
  method = 'POST',
): Record<string, string> {
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const scope = `${stamp.slice(0, 8)}/${REGION}/${service}/aws4_request`;
  const all: Record<string, string> = { ...headers, host: 'muster.test', 'x-amz-date': stamp };
  const names = Object.keys(all).toSorted();
  const canonical = [method, path, '', ...names.map((name) => `${name}:${all[name]}`), '', names.join(';'), sha256(body)].join(
    '\n',
  );
  const key = [stamp.slice(0, 8), REGION, service, 'aws4_request'].reduce<Buffer>(
    (before, part) => createHmac('sha256', before).update(part).digest(),
    Buffer.from(`AWS4${KEY.secretAccessKey}`),
  );
  const signature = createHmac('sha256', key)
    .update(['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n'))
    .digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${KEY.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...all, authorization };
}

const json = (target: string) => ({ 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonSSM.${target}` });
const call = (target: string, body: unknown): [string, string, Record<string, string>, string] => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return ['POST', '/', signed('ssm', '/', json(target), text), text];
};

test('an error without text has no message key, to the byte', async () => {
  await using server = await startTestServer();
  const answer = await server.raw(...call('ListTagsForResource', { ResourceId: 'x', ResourceType: 'Parameter' }));
  assert.equal(answer.body, '{"__type":"InvalidResourceId"}');
  assert.equal(answer.status, 400);
  assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.1');
  assert.equal(answer.headers['content-length'], '30');
  assert.match(String(answer.headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/);
  assert.ok(answer.headers['date']);
});

test('an error whose shape has no message member never shows one', async () => {
  await using server = await startTestServer();
  const two = ['mi-0123456789abcdef0', 'mi-0123456789abcdef0'];
  const answer = await server.raw(...call('SendCommand', { DocumentName: 'Doc', InstanceIds: two }));
  assert.equal(answer.body, '{"__type":"DuplicateInstanceId"}');
});

test('the case of the message key is that of the model', async () => {
  await using server = await startTestServer();
  const upper = await server.raw(...call('SendCommand', { DocumentName: 'Missing' }));
  assert.equal(upper.body, '{"__type":"InvalidDocument","Message":"Document with name Missing does not exist."}');
  server.domain.misbehave = () => Promise.reject(new ApiError('ParameterNotFound', 'gone'));
  const lower = await server.raw(...call('GetParameter', { Name: 'a' }));
  assert.equal(lower.body, '{"__type":"ParameterNotFound","message":"gone"}');
});

test('what is not JSON, and what is no object, is a SerializationException', async () => {
  await using server = await startTestServer();
  for (const body of ['{', '[]', '"x"', 'null']) {
    const answer = await server.raw(...call('SendCommand', body));
    assert.equal(answer.status, 400);
    assert.match(answer.body, /^\{"__type":"SerializationException"/);
  }
});

test('text that is not UTF-8 is a SerializationException, not kept with other characters in it', async () => {
  await using server = await startTestServer();
  const body = Buffer.from('{"DocumentName":"Doc","Comment":"caf\xe9"}', 'latin1');
  const answer = await server.raw('POST', '/', signed('ssm', '/', json('SendCommand'), body), body);
  assert.equal(answer.status, 400);
  assert.equal(answer.body, '{"__type":"SerializationException","message":"The request body is not valid UTF-8."}');
  assert.deepEqual(server.domain.seen, []);
});

test('an empty body is an empty input', async () => {
  await using server = await startTestServer();
  const answer = await server.raw(...call('SendCommand', ''));
  assert.match(answer.body, /Value null at 'documentName'/);
});

test('who signs nothing is told so; who calls nothing gets what AWS answers', async () => {
  await using server = await startTestServer();
  const unsigned = await server.raw('POST', '/', json('SendCommand'), '{"DocumentName":"Doc"}');
  assert.equal(unsigned.body, '{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}');
  const nothing = await server.raw('GET', '/');
  assert.deepEqual([nothing.status, nothing.body], [404, '<UnknownOperationException/>']);
  assert.deepEqual(server.domain.seen, []);
});

test('a tampered body is refused before a handler sees it', async () => {
  await using server = await startTestServer();
  const [method, path, headers] = call('SendCommand', { DocumentName: 'Doc' });
  const answer = await server.raw(method, path, headers, '{"DocumentName":"Other"}');
  assert.match(answer.body, /^\{"__type":"InvalidSignatureException"/);
  assert.deepEqual(server.domain.seen, []);
});

test('a body that says it is too large is refused unread, one that turns out to be is cut off', async () => {
  await using server = await startTestServer();
  const announced = await server.raw(
    'POST',
    '/',
    { ...json('RegisterManagedInstance'), 'content-length': '70000' },
    'x'.repeat(70_000),
  );
  assert.equal(announced.status, 413);
  assert.match(announced.body, /^\{"__type":"RequestEntityTooLargeException"/);
  assert.equal(announced.headers['connection'], 'close');
  const chunked = await server.raw(
    'POST',
    '/',
    { ...json('RegisterManagedInstance'), 'transfer-encoding': 'chunked' },
    'x'.repeat(70_000),
  );
  assert.equal(chunked.status, 413);
});

test('an unsigned operation takes a chunked body without a signature', async () => {
  await using server = await startTestServer();
  const body = JSON.stringify({
    ActivationCode: 'ABCDEFGHIJKLMNOPQRST',
    ActivationId: '12345678-1234-1234-1234-123456789012',
    Fingerprint: 'dbaa95ff-3f07-4bb4-b4ff-efb3953a45ce',
    PublicKey: 'MIIBIjANBgkqhkiG9w0BAQEFAAOC',
    PublicKeyType: 'Rsa',
  });
  const answer = await server.raw('POST', '/', { ...json('RegisterManagedInstance'), 'transfer-encoding': 'chunked' }, body);
  assert.equal(answer.body, '{"InstanceId":"mi-0123456789abcdef0"}');
});

test('the control channel is JSON in, XML out, status 201', async () => {
  await using server = await startTestServer();
  const body = '{"MessageSchemaVersion":"1.0","RequestId":"e135d6bc-0636-4812-99f2-5163350d3e46"}';
  const path = '/v1/control-channel/mi-0123456789abcdef0';
  const headers = signed('ssmmessages', path, { 'content-type': 'application/json' }, body);
  const answer = await server.raw('POST', path, headers, body);
  assert.equal(answer.status, 201);
  assert.equal(
    answer.body,
    '<?xml version="1.0" encoding="UTF-8"?><CreateControlChannelResult><MessageSchemaVersion>1.0</MessageSchemaVersion>' +
      '<TokenValue>TOK&lt;1&gt;</TokenValue></CreateControlChannelResult>',
  );
  assert.deepEqual(server.domain.seen[0]?.input, { InstanceId: 'mi-0123456789abcdef0', ...JSON.parse(body) });
});

test('ssm speaks the Query protocol too', async () => {
  await using server = await startTestServer();
  const body = 'Action=GetParameter&Version=2014-11-06&Name=a&WithDecryption=true';
  const headers = signed('ssm', '/', { 'content-type': 'application/x-www-form-urlencoded' }, body);
  const answer = await server.raw('POST', '/', headers, body);
  assert.equal(answer.headers['content-type'], 'text/xml');
  assert.equal(
    answer.body.replace(/<RequestId>[^<]*/, '<RequestId>'),
    '<GetParameterResponse xmlns="http://ssm.amazonaws.com/doc/2014-11-06/"><GetParameterResult><Parameter><Name>a</Name><Type>String</Type>' +
      '<Value>a&lt;b&gt;&amp;&quot;c&quot;</Value><Version>3</Version></Parameter></GetParameterResult>' +
      '<ResponseMetadata><RequestId></RequestId></ResponseMetadata></GetParameterResponse>',
  );
});

test('an operation without a handler, and one that is none, are UnknownOperationException with a sentence', async () => {
  await using server = await startTestServer();
  const open = await server.raw(...call('CreateDocument', {}));
  assert.equal(
    open.body,
    '{"__type":"UnknownOperationException","message":"The operation ssm:CreateDocument is known to this server, but not implemented yet."}',
  );
  const none = await server.raw(...call('Frobnicate', {}));
  assert.equal(
    none.body,
    '{"__type":"UnknownOperationException","message":"Frobnicate is not an operation of the service ssm."}',
  );
});

test('what is thrown and is no ApiError reveals nothing and is logged with its cause', async () => {
  await using server = await startTestServer();
  server.domain.misbehave = () => Promise.reject(new Error('the password is 1234'));
  const answer = await server.raw(...call('GetParameter', { Name: 'a' }));
  assert.equal(answer.status, 500);
  assert.equal(answer.body, '{"__type":"InternalFailure"}');
  assert.deepEqual(server.logged, ['a request failed: Error: the password is 1234']);
});

test('a code that the operation does not declare is answered and logged as a mistake', async () => {
  await using server = await startTestServer();
  server.domain.misbehave = () => Promise.reject(new ApiError('ParameterAlreadyExists', 'x'));
  const answer = await server.raw(...call('GetParameter', { Name: 'a' }));
  assert.equal(answer.body, '{"__type":"ParameterAlreadyExists","message":"x"}');
  assert.match(server.logged[0] ?? '', /does not declare/);
});

test('calls are journaled by their class, without secrets', async () => {
  await using server = await startTestServer();
  await server.raw(...call('SendCommand', { DocumentName: 'Doc', Parameters: { commands: ['secret'] } }));
  await server.raw(...call('SendCommand', { DocumentName: 'Missing' }));
  await server.raw(...call('SendCommand', { DocumentName: 'Forbidden' }));
  await server.raw(...call('GetParameter', { Name: 'a' }));
  assert.deepEqual(
    server.journaled.map(({ how, eventSource, eventName, errorCode, resources }) => [
      how,
      eventSource,
      eventName,
      errorCode,
      resources,
    ]),
    [
      ['in transaction', 'ssm.amazonaws.com', 'SendCommand', undefined, ['arn:touched']],
      ['later', 'ssm.amazonaws.com', 'SendCommand', 'InvalidDocument', ['arn:aws:ssm:us-east-1:123456789012:document/Missing']],
      [
        'later',
        'ssm.amazonaws.com',
        'SendCommand',
        'AccessDeniedException',
        ['arn:aws:ssm:us-east-1:123456789012:document/Forbidden'],
      ],
      ['later', 'ssm.amazonaws.com', 'GetParameter', undefined, ['arn:aws:ssm:us-east-1:123456789012:parameter/a']],
    ],
  );
  assert.equal(server.journaled[0]?.requestParameters, '{"documentName":"Doc","parameters":"HIDDEN_DUE_TO_SECURITY_REASONS"}');
});

test('a denial is on record in its own words, which quote nothing that is secret; another refusal that quotes a secret is not', async () => {
  await using server = await startTestServer();
  // A word of the denial itself.
  await server.raw(...call('SendCommand', { DocumentName: 'Forbidden', Parameters: { commands: ['is'] } }));
  await server.raw(...call('SendCommand', { DocumentName: 'Missing', Parameters: { commands: ['exist'] } }));
  assert.match(server.journaled[0]?.errorMessage ?? '', /is not authorized to perform: ssm:SendCommand on resource: arn:/);
  assert.equal(server.journaled[1]?.errorMessage, 'HIDDEN_DUE_TO_SECURITY_REASONS');
});

test('the agents and the data plane leave denials in the journal, and nothing else', async () => {
  await using server = await startTestServer();
  const body = '{"MessageSchemaVersion":"1.0","RequestId":"e135d6bc-0636-4812-99f2-5163350d3e46"}';
  for (const id of ['mi-0123456789abcdef0', 'Forbidden']) {
    const path = `/v1/control-channel/${id}`;
    await server.raw('POST', path, signed('ssmmessages', path, {}, body), body);
  }
  assert.deepEqual(
    server.journaled.map(({ eventName, errorCode }) => [eventName, errorCode]),
    [['CreateControlChannel', 'AccessDeniedException']],
  );
});

test('a write that has not written its journal row is a mistake, and says so in the log', async () => {
  await using server = await startTestServer();
  const answer = await server.raw(...call('SendCommand', { DocumentName: 'Unjournaled' }));
  assert.equal(answer.status, 500);
  assert.match(server.logged[0] ?? '', /ssm:SendCommand is of class write and has not written its journal row/);
});

test('beyond the limit of requests in flight the answer is 503, and a drain ends what waits', async () => {
  await using server = await startTestServer({ inFlightMax: 1 });
  const entered = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  server.domain.misbehave = () => {
    const { promise, reject } = Promise.withResolvers<never>();
    server.domain.seen[0]?.signal.addEventListener('abort', () => {
      left.resolve();
      reject(new ApiError('ServiceUnavailable', 'going'));
    });
    entered.resolve();
    return promise;
  };
  const waiting = server.raw(...call('GetParameter', { Name: 'a' }));
  await entered.promise;
  const refused = await server.raw(...call('GetParameter', { Name: 'b' }));
  assert.equal(refused.status, 503);
  assert.match(refused.body, /^\{"__type":"ServiceUnavailable"/);
  await server.frontDoor.drain();
  await left.promise;
  assert.equal((await waiting).status, 503);
});

test('a client that goes away aborts the signal of its call', async () => {
  await using server = await startTestServer();
  const entered = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  server.domain.misbehave = () => {
    server.domain.seen[0]?.signal.addEventListener('abort', () => left.resolve());
    entered.resolve();
    return left.promise.then(() => Promise.reject(new ApiError('ServiceUnavailable', 'gone')));
  };
  const [method, path, headers, body] = call('GetParameter', { Name: 'a' });
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const lines = Object.entries({ ...headers, 'content-length': String(body.length) }).map(([name, value]) => `${name}: ${value}`);
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  await entered.promise;
  socket.destroy();
  await left.promise;
});

test('requests are counted by operation and code', async () => {
  await using server = await startTestServer();
  await server.raw(...call('SendCommand', { DocumentName: 'Missing' }));
  await server.raw(...call('Frobnicate', {}));
  assert.match(server.metricsText(), /muster_api_requests_total\{[^}]*InvalidDocument[^}]*\} 1/);
  assert.ok(!server.metricsText().includes('Frobnicate'));
});

test('reserved paths go to their handlers', async () => {
  const reserved = new Map([
    ['/healthz', (_request: unknown, response: { end(text: string): unknown }) => void response.end('fine')],
  ]);
  await using server = await startTestServer({ reserved });
  assert.equal((await server.raw('GET', '/healthz')).body, 'fine');
});

test('an operation that stands in no model, or twice in the table, stops the start', async () => {
  await assert.rejects(
    startTestServer({
      operations: [{ service: 'ssm', name: 'Nope', action: 'a', audit: 'read', resources: () => [], handle: async () => ({}) }],
    }),
    /stands in no service model/,
  );
  const one = {
    service: 'ssm',
    name: 'SendCommand',
    action: 'a',
    audit: 'read',
    resources: () => [],
    handle: async () => ({}),
  } as const;
  await assert.rejects(startTestServer({ operations: [one, one] }), /declared twice/);
  await assert.rejects(startTestServer({ operations: [{ ...one, unsigned: true }] }), /its model does not say so/);
});
