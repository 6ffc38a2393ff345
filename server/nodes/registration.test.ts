// Activations, registration, keys and credentials through the operations of nodes, on a real database, with a simulated clock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { administrator, nodePrincipal, testScope } from '@muster/testkit/request-context.ts';
import type { RequestManagedInstanceRoleTokenResult } from '../platform/api/models/agent-ssm.types.gen.ts';
import type { DescribeActivationsResult } from '../platform/api/models/ssm.types.gen.ts';
import { systemIds } from '../platform/ids.ts';
import { newKey, KEY, FINGERPRINT, MINUTE, setUp, code } from './nodes.fixture.ts';

eachDatabase((_kind, open) => {
  test('an activation’s code is shown once, its counts and its expiry are', async () => {
    await using domain = await setUp(open);
    const activation = await domain.activate({
      DefaultInstanceName: 'web',
      RegistrationLimit: 2,
      Description: 'd',
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    assert.match(activation.ActivationCode, /^[A-Za-z0-9]{20}$/);
    await domain.register(activation);
    const { ActivationList } = await domain.call<DescribeActivationsResult>('DescribeActivations', {
      Filters: [{ FilterKey: 'DefaultInstanceName', FilterValues: ['web'] }],
    });
    assert.deepEqual(ActivationList, [
      {
        ActivationId: activation.ActivationId,
        Description: 'd',
        DefaultInstanceName: 'web',
        IamRole: 'MusterNode',
        RegistrationLimit: 2,
        RegistrationsCount: 1,
        ExpirationDate: new Date(domain.clock.nowMs() + 24 * 60 * MINUTE),
        Expired: false,
        CreatedDate: domain.clock.now(),
        Tags: [{ Key: 'a', Value: 'b' }],
      },
    ]);
    assert.equal(JSON.stringify(ActivationList).includes(activation.ActivationCode), false);
  });

  test('activations page in order', async () => {
    await using domain = await setUp(open);
    const made = (await Promise.all([1, 2, 3].map(() => domain.activate()))).map(({ ActivationId }) => ActivationId).toSorted();
    const first = await domain.call<DescribeActivationsResult>('DescribeActivations', { MaxResults: 2 });
    const second = await domain.call<DescribeActivationsResult>('DescribeActivations', {
      MaxResults: 2,
      NextToken: first.NextToken,
    });
    assert.deepEqual(
      [...(first.ActivationList ?? []), ...(second.ActivationList ?? [])].map(({ ActivationId }) => ActivationId),
      made,
    );
    assert.equal(second.NextToken, undefined);
  });

  test('an activation needs a role that exists and that the caller may pass, and at most 30 days', async () => {
    await using domain = await setUp(open);
    const text = `^Nonexistent role or missing ssm service principal in trust policy: arn:aws:iam::${testScope.account}:role/Nope$`;
    await assert.rejects(domain.activate({ IamRole: 'Nope' }), code('ValidationException', new RegExp(text)));
    await assert.rejects(
      domain.activate({ IamRole: 'arn:aws:iam::123456789012:role/MusterNode' }),
      code('ValidationException', /at 'iamRole'/),
    );
    await assert.rejects(
      domain.call('CreateActivation', { IamRole: 'MusterNode' }, { allowed: () => false }),
      code('AccessDeniedException', /iam:PassRole/),
    );
    for (const aheadMs of [0, 31 * 24 * 60 * MINUTE])
      await assert.rejects(
        domain.activate({ ExpirationDate: new Date(domain.clock.nowMs() + aheadMs) }),
        code('ValidationException', /30 days/),
      );
  });

  test('a machine registers with its code only, before the expiry, within the limit', async () => {
    await using domain = await setUp(open);
    const activation = await domain.activate({ Tags: [{ Key: 'env', Value: 'prod' }] });
    await assert.rejects(domain.register({ ...activation, ActivationCode: 'x'.repeat(20) }), code('InvalidActivation'));
    await assert.rejects(domain.register({ ...activation, ActivationId: systemIds.uuid() }), code('InvalidActivation'));
    await assert.rejects(domain.register(activation, { PublicKey: 'AAAA' }), code('InvalidPublicKey'));
    await assert.rejects(domain.register(activation, { PublicKey: newKey(1024) }), code('InvalidPublicKey'));
    const results = await Promise.allSettled([domain.register(activation), domain.register(activation)]);
    assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    await assert.rejects(domain.register(activation), code('RegistrationLimitExceeded'));
    const [node] = await domain.describe();
    assert.match(node?.InstanceId ?? '', /^mi-[0-9a-f]{17}$/);
    assert.deepEqual(
      await domain.database.read((tx) => domain.tags.list(tx, testScope, 'ManagedInstance', node?.InstanceId ?? '')),
      [{ Key: 'env', Value: 'prod' }],
    );
    const late = await domain.activate();
    await domain.clock.advance(24 * 60 * MINUTE);
    await assert.rejects(domain.register(late), code('ActivationExpired'));
    await domain.call('DeleteActivation', { ActivationId: late.ActivationId });
    await assert.rejects(domain.register(late), code('InvalidActivation'));
    await assert.rejects(domain.call('DeleteActivation', { ActivationId: late.ActivationId }), code('InvalidActivation'));
  });

  test('a node’s own key buys credentials; another machine’s fingerprint, another key’s signature and a stranger do not', async () => {
    await using domain = await setUp(open);
    const nodeId = await domain.register(await domain.activate());
    const principal = nodePrincipal(nodeId, 'node-key');
    const token = () =>
      domain.call<RequestManagedInstanceRoleTokenResult>(
        'RequestManagedInstanceRoleToken',
        { Fingerprint: FINGERPRINT },
        { principal },
      );
    assert.deepEqual(await token(), {
      AccessKeyId: 'ASIATEST',
      SecretAccessKey: 'secret',
      SessionToken: 'token',
      TokenExpirationDate: new Date(domain.clock.nowMs() + 3600_000),
      UpdateKeyPair: false,
    });
    assert.deepEqual(domain.issued, [
      { scope: testScope, nodeId, roleName: 'MusterNode', now: domain.clock.now(), lifetimeSeconds: 3600 },
    ]);
    await assert.rejects(
      domain.call('RequestManagedInstanceRoleToken', { Fingerprint: 'other' }, { principal }),
      code('MachineFingerprintDoesNotMatch'),
    );
    for (const wrong of [nodePrincipal(nodeId), administrator()])
      await assert.rejects(
        domain.call('RequestManagedInstanceRoleToken', { Fingerprint: FINGERPRINT }, { principal: wrong }),
        code('AccessDeniedException'),
      );
    await domain.call('UpdateManagedInstanceRole', { InstanceId: nodeId, IamRole: 'Other' });
    await domain.clock.advance(31 * 24 * 60 * MINUTE);
    assert.equal((await token()).UpdateKeyPair, true);
    assert.equal(domain.issued.at(-1)?.roleName, 'Other');
    await domain.call('DeregisterManagedInstance', { InstanceId: nodeId });
    await assert.rejects(token(), code('InvalidInstanceId'));
  });

  test('after a change of keys the old one stays good for a week', async () => {
    await using domain = await setUp(open);
    const nodeId = await domain.register(await domain.activate());
    const principal = nodePrincipal(nodeId, 'node-key');
    const change = (NewPublicKey: string) =>
      domain.call('UpdateManagedInstancePublicKey', { NewPublicKey, NewPublicKeyType: 'Rsa' }, { principal });
    await assert.rejects(change(KEY), code('PublicKeyAlreadyRegistered'));
    await assert.rejects(change('rubbish'), code('InvalidPublicKey'));
    const second = newKey();
    await change(second);
    const known = async () =>
      (await domain.nodes.keySource.find(nodeId))?.publicKeys.map((key) =>
        key.export({ format: 'der', type: 'spki' }).toString('base64'),
      );
    assert.deepEqual(await known(), [second, KEY]);
    await domain.clock.advance(8 * 24 * 60 * MINUTE);
    assert.deepEqual(await known(), [second]);
    assert.equal((await domain.nodes.keySource.find(nodeId))?.roleName, 'MusterNode');
  });
});
