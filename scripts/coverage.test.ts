// The coverage table counts what the operation lists hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceModels } from '@muster/server/platform/api/models/index.ts';
import { coverage, coverageText } from './coverage.ts';

test('the table names what is done and counts what is open', () => {
  const table = coverage(serviceModels, [{ service: 'sts', name: 'GetCallerIdentity' }]);
  assert.match(coverageText(table, false), /^sts: 1 of 11 operations\n {2}\+ GetCallerIdentity\n/m);
  assert.match(coverageText(table, true), /^ {2}- SendCommand$/m);
});

test('a handler that stands in no model stops the table', () => {
  assert.throws(() => coverage(serviceModels, [{ service: 'ssm', name: 'SendComand' }]), /stands in no model/);
});
