// Routing by credential scope, target and path.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileService } from './codec/service.ts';
import { serviceModels } from './models/index.ts';
import { route } from './route.ts';
import type { Route } from './route.ts';

const table = {
  services: serviceModels.map(compileService),
  reserved: ['/healthz', '/console/', '/v1/'],
};

const scope = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;
const FORM = 'application/x-www-form-urlencoded; charset=utf-8';

function described(found: Route): string {
  switch (found.kind) {
    case 'operation':
      return `${found.service.name}:${found.operation} ${found.protocol}`;
    case 'unknown-operation':
      return `unknown ${found.service.name}:${found.name} ${found.protocol}`;
    case 'form':
      return `form ${found.service.name}`;
    case 'reserved':
      return `reserved ${found.key}`;
    case 'nothing':
      return 'nothing';
  }
}

test('a request goes where its head says', async (t) => {
  const cases: readonly [string, string, Record<string, string>, string][] = [
    ['a target', 'POST /', { 'x-amz-target': 'AmazonSSM.SendCommand', authorization: scope('ssm') }, 'ssm:SendCommand json'],
    [
      'a target without a signature',
      'POST /',
      { 'x-amz-target': 'AmazonSSM.RegisterManagedInstance' },
      'ssm:RegisterManagedInstance json',
    ],
    [
      'a target whose prefix holds no version',
      'POST /',
      { 'x-amz-target': 'EC2WindowsMessageDeliveryService.GetMessages' },
      'ec2messages:GetMessages json',
    ],
    [
      'a target whose prefix lacks its package, as newer SDKs send it',
      'POST /',
      { 'x-amz-target': 'CloudTrail_20131101.LookupEvents', authorization: scope('cloudtrail') },
      'cloudtrail:LookupEvents json',
    ],
    ['an unknown operation', 'POST /', { 'x-amz-target': 'AmazonSSM.Frobnicate' }, 'unknown ssm:Frobnicate json'],
    ['a name that every object has', 'POST /', { 'x-amz-target': 'AmazonSSM.constructor' }, 'unknown ssm:constructor json'],
    ['an unknown target', 'POST /', { 'x-amz-target': 'DynamoDB_20120810.GetItem' }, 'nothing'],
    [
      "another service's target",
      'POST /',
      { 'x-amz-target': 'AmazonSSM.SendCommand', authorization: scope('ec2messages') },
      'unknown ec2messages:AmazonSSM.SendCommand json',
    ],
    ['a scope of no service', 'POST /', { authorization: scope('dynamodb') }, 'nothing'],
    [
      'a REST path with a label',
      'POST /v1/control-channel/mi-0123',
      { authorization: scope('ssmmessages') },
      'ssmmessages:CreateControlChannel rest-json',
    ],
    [
      'a REST path with a fixed part',
      'POST /groups',
      { authorization: scope('resource-groups') },
      'resource-groups:CreateGroup rest-json',
    ],
    [
      'a label with a slash in it',
      'GET /resources/arn%3Aa%2Fb/tags',
      { authorization: scope('resource-groups') },
      'resource-groups:GetTags rest-json',
    ],
    [
      'a label that is no UTF-8',
      'GET /resources/%FF/tags',
      { authorization: scope('resource-groups') },
      'unknown resource-groups:GET /resources/%FF/tags rest-json',
    ],
    ['a form', 'POST /', { 'content-type': FORM, authorization: scope('sts') }, 'form sts'],
    ['a form for a service that speaks JSON too', 'POST /', { 'content-type': FORM, authorization: scope('ssm') }, 'form ssm'],
    ['a form of nobody goes where unsigned forms are taken', 'POST /', { 'content-type': FORM }, 'form sts'],
    [
      'a query',
      'GET /?Action=GetCallerIdentity&Version=2011-06-15',
      { authorization: scope('sts') },
      'sts:GetCallerIdentity query',
    ],
    [
      'a presigned query',
      'GET /?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential=AKID%2F20261120%2Fus-east-1%2Fsts%2Faws4_request',
      {},
      'sts:GetCallerIdentity query',
    ],
    ['a query that only its version tells', 'GET /?Action=GetParameter&Version=2014-11-06', {}, 'ssm:GetParameter query'],
    ['a reserved path', 'GET /healthz', {}, 'reserved /healthz'],
    ['below a reserved prefix', 'GET /console/assets/a.js', {}, 'reserved /console/'],
    [
      'a scope beats a reserved prefix',
      'POST /v1/control-channel/mi-0123',
      { authorization: scope('ssmmessages') },
      'ssmmessages:CreateControlChannel rest-json',
    ],
    ['beside a reserved path', 'GET /healthz/x', {}, 'nothing'],
    ['nothing at all', 'GET /', {}, 'nothing'],
    ['a broken scope', 'GET /', { authorization: 'AWS4-HMAC-SHA256 Credential=///' }, 'nothing'],
  ];
  for (const [name, line, headers, expected] of cases)
    await t.test(name, () => {
      const [method = '', url = ''] = line.split(' ');
      const [rawPath = '', rawQuery = ''] = url.split('?');
      assert.equal(described(route(table, { method, rawPath, rawQuery, headers: new Map(Object.entries(headers)) })), expected);
    });
});
