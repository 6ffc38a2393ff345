// The public parameters tell the truth about this server: every service that people call and every document that it comes with has its fact. A new
// one without a line in parameters/reading/public-parameters.json fails here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Simulation } from '@muster/testkit/simulation.ts';
import { declaredOperations } from './operations.ts';

/** Agents' own, and the extension, which AWS does not know. */
const NO_SERVICES_OF_AWS = ['ec2messages', 'ssmmessages', 'muster'];

let simulation: Simulation;
before(async () => {
  simulation = new Simulation({ seed: 17 });
  await simulation.start();
});
after(() => simulation.stop());

interface Page {
  readonly Parameters: readonly { readonly Name: string; readonly Value: string }[];
  readonly NextToken?: string;
}

async function valuesBelow(Path: string): Promise<string[]> {
  const values: string[] = [];
  let more: { NextToken?: string } = {};
  do {
    const { status, body } = await simulation.callOf('ssm', 'GetParametersByPath', { Path, ...more });
    assert.equal(status, 200, JSON.stringify(body));
    const { Parameters, NextToken } = body as unknown as Page;
    values.push(...Parameters.map(({ Value }) => Value));
    more = NextToken === undefined ? {} : { NextToken };
  } while (more.NextToken !== undefined);
  return values.toSorted();
}

test('every service that people call is among the services of the infrastructure', async () => {
  const called = new Set(declaredOperations().map(({ service }) => service));
  const expected = [...called].filter((service) => !NO_SERVICES_OF_AWS.includes(service));
  assert.deepEqual(await valuesBelow('/aws/service/global-infrastructure/services'), expected.toSorted());
});

test('every document that comes with the server is among the documents', async () => {
  const owned = { Filters: [{ Key: 'Owner', Values: ['Amazon'] }], MaxResults: 50 };
  const { body } = await simulation.callOf('ssm', 'ListDocuments', owned);
  const { DocumentIdentifiers } = body as { DocumentIdentifiers: readonly { Name: string }[] };
  assert.deepEqual(await valuesBelow('/aws/service/muster/documents'), DocumentIdentifiers.map(({ Name }) => Name).toSorted());
});
