// The signer against the published test vectors of Signature Version 4.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { signV4 } from './sign-v4.ts';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const SCOPE = { region: 'us-east-1', service: 'service', now: new Date('2015-08-30T12:36:00.123Z') };
const HEADERS = { host: 'example.amazonaws.com' };

describe('signV4', () => {
  it('signs the vanilla request as published', () => {
    const signed = signV4({ method: 'GET', path: '/', headers: HEADERS, body: '' }, SCOPE, CREDENTIALS);
    assert.equal(
      signed['authorization'],
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    );
    assert.equal(signed['x-amz-date'], '20150830T123600Z');
  });

  it('sorts the query as published', () => {
    const query = [
      ['Param2', 'value2'],
      ['Param1', 'value1'],
    ] as const;
    const signed = signV4({ method: 'GET', path: '/', query, headers: HEADERS, body: '' }, SCOPE, CREDENTIALS);
    assert.match(signed['authorization'] ?? '', /Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500$/);
  });

  it('signs the session token when there is one', () => {
    const signed = signV4({ method: 'GET', path: '/', headers: HEADERS, body: '' }, SCOPE, { ...CREDENTIALS, sessionToken: 'T' });
    assert.match(signed['authorization'] ?? '', /SignedHeaders=host;x-amz-date;x-amz-security-token,/);
    assert.equal(signed['x-amz-security-token'], 'T');
  });
});
