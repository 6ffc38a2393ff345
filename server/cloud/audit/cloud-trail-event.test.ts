// Who an event speaks of, where nobody signed the call.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anonymousPrincipal } from '../../platform/access/principals.ts';
import type { AccountId, Region } from '../../platform/ids.ts';
import { type JournalRecord, userNameOf } from '../../platform/journal/index.ts';
import { cloudTrailEvent } from './cloud-trail-event.ts';

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- twelve digits
const account = '000000000000' as AccountId;
const provider = `arn:aws:iam::${account}:oidc-provider/issuer.example`;

function record(principal: JournalRecord['principal']): JournalRecord {
  return {
    account,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a region's name
    region: 'us-east-1' as Region,
    sequence: 1,
    requestId: 'r',
    at: new Date(0),
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRoleWithWebIdentity',
    auditClass: 'secret',
    principal,
    sourceIp: '127.0.0.1',
    userAgent: '',
    requestParameters: '{}',
    resources: [],
  };
}

test('whoever proved to be somebody by a token is a WebIdentityUser, everybody else nobody', () => {
  const stranger = anonymousPrincipal(account);
  const proved = { ...stranger, proved: { provider, subject: 'repo:me/a', audience: 'muster' } };
  assert.deepEqual(cloudTrailEvent(record(proved))['userIdentity'], {
    type: 'WebIdentityUser',
    principalId: `${provider}:muster:repo:me/a`,
    userName: 'repo:me/a',
    identityProvider: provider,
  });
  assert.equal(userNameOf(proved), 'repo:me/a');
  assert.deepEqual(cloudTrailEvent(record(stranger))['userIdentity'], {
    type: 'AWSAccount',
    principalId: '',
    accountId: 'ANONYMOUS_PRINCIPAL',
  });
  assert.equal(userNameOf(stranger), undefined);
});
