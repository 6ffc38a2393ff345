// A front door on a real loopback server for the tests of this folder: a handful of operations, the real authenticators with one
// administrator and one key, and a journal that remembers.
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { administratorPrincipal, createAuthenticators } from '../../access/index.ts';
import { systemIds } from '../../ids.ts';
import type { AccountId, Region } from '../../ids.ts';
import type { Journal, JournalEntry } from '../../journal/journal.ts';
import type { Tx } from '../../store/database.ts';
import { createMetrics } from '../../telemetry/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { systemClock } from '../../time/clock.ts';
import { createFrontDoor } from '../front-door.ts';
import type { FrontDoor, FrontDoorOptions } from '../front-door.ts';
import { serviceModels } from '../models/index.ts';
import { bindOperations, operation } from '../operation.ts';
import type { AnyOperation, BoundOperation } from '../operation.ts';
import type { SsmAgentApi } from '../models/agent-ssm.types.gen.ts';
import type { ResourceGroupsApi } from '../models/resource-groups.types.gen.ts';
import type { SsmApi } from '../models/ssm.types.gen.ts';
import type { SsmMessagesApi } from '../models/ssmmessages.types.gen.ts';
import type { StsApi } from '../models/sts.types.gen.ts';

export const ACCOUNT = '123456789012' as AccountId;
export const REGION = 'us-east-1' as Region;
export const KEY = { accessKeyId: 'AKIDEXAMPLE000000001', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

/** What the operations below see and do. */
export interface TestDomain {
  readonly seen: { name: string; input: unknown; signal: AbortSignal }[];
  /** Set by a test: the next handler runs it in place of answering. */
  misbehave: (() => Promise<never>) | undefined;
  readonly tags: Map<string, Record<string, string>>;
}

const ssm = operation<SsmApi, TestDomain>();
const agent = operation<SsmAgentApi, TestDomain>();
const messages = operation<SsmMessagesApi, TestDomain>();
const sts = operation<StsApi, TestDomain>();
const groups = operation<ResourceGroupsApi, TestDomain>();
const TX = {} as Tx;

async function note(domain: TestDomain, name: string, input: unknown, signal: AbortSignal): Promise<void> {
  domain.seen.push({ name, input, signal });
  const { misbehave } = domain;
  domain.misbehave = undefined;
  await misbehave?.();
}

const operations: readonly AnyOperation<TestDomain>[] = [
  ssm('ssm', 'SendCommand', {
    action: 'ssm:SendCommand',
    audit: 'write',
    resources: (input) => [`arn:aws:ssm:${REGION}:${ACCOUNT}:document/${input.DocumentName}`],
    async handle(domain, ctx, input) {
      await note(domain, 'SendCommand', input, ctx.signal);
      if (input.DocumentName === 'Missing')
        ctx.fail('InvalidDocument', `Document with name ${input.DocumentName} does not exist.`);
      if (input.InstanceIds?.length === 2) ctx.fail('DuplicateInstanceId', 'said, but the shape has no member for it');
      if (input.DocumentName !== 'Unjournaled') await ctx.journal(TX, ['arn:touched']);
      return {
        Command: {
          CommandId: '11111111-2222-3333-4444-555555555555',
          DocumentName: input.DocumentName,
          Parameters: input.Parameters,
          InstanceIds: input.InstanceIds,
          RequestedDateTime: new Date(1795189079328),
          Status: 'Pending',
        },
      };
    },
  }),
  ssm('ssm', 'GetParameter', {
    action: 'ssm:GetParameter',
    audit: 'secret',
    resources: (input) => [`arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/${input.Name}`],
    async handle(domain, ctx, input) {
      await note(domain, 'GetParameter', input, ctx.signal);
      if (input.Name === 'none') return ctx.fail('ParameterNotFound', '');
      return { Parameter: { Name: input.Name, Value: 'a<b>&"c"', Version: 3, Type: 'String' } };
    },
  }),
  ssm('ssm', 'ListTagsForResource', {
    action: 'ssm:ListTagsForResource',
    audit: 'read',
    resources: () => ['*'],
    async handle(domain, ctx, input) {
      await note(domain, 'ListTagsForResource', input, ctx.signal);
      return ctx.fail('InvalidResourceId', '');
    },
  }),
  agent('ssm', 'RegisterManagedInstance', {
    action: 'ssm:RegisterManagedInstance',
    audit: 'agent-plane',
    unsigned: true,
    resources: () => ['*'],
    async handle(domain, ctx, input) {
      await note(domain, 'RegisterManagedInstance', input, ctx.signal);
      return { InstanceId: 'mi-0123456789abcdef0' };
    },
  }),
  messages('ssmmessages', 'CreateControlChannel', {
    action: 'ssmmessages:CreateControlChannel',
    audit: 'agent-plane',
    resources: (input) => [`arn:aws:ssm:${REGION}:${ACCOUNT}:managed-instance/${input.InstanceId}`],
    async handle(domain, ctx, input) {
      await note(domain, 'CreateControlChannel', input, ctx.signal);
      return { MessageSchemaVersion: '1.0', TokenValue: 'TOK<1>' };
    },
  }),
  sts('sts', 'GetCallerIdentity', {
    action: 'sts:GetCallerIdentity',
    audit: 'read',
    resources: () => ['*'],
    async handle(domain, ctx, input) {
      await note(domain, 'GetCallerIdentity', input, ctx.signal);
      return { Account: ctx.account, Arn: ctx.principal.arn, UserId: ctx.principal.userId };
    },
  }),
  sts('sts', 'AssumeRole', {
    action: 'sts:AssumeRole',
    audit: 'secret',
    resources: (input) => [input.RoleArn],
    async handle(domain, ctx, input) {
      await note(domain, 'AssumeRole', input, ctx.signal);
      return ctx.fail('RegionDisabledException', 'This region <is> off.');
    },
  }),
  groups('resource-groups', 'Tag', {
    action: 'resource-groups:Tag',
    audit: 'data-plane',
    resources: (input) => [input.Arn],
    async handle(domain, ctx, input) {
      await note(domain, 'Tag', input, ctx.signal);
      domain.tags.set(input.Arn, { ...input.Tags });
      return { Arn: input.Arn, Tags: input.Tags };
    },
  }),
  groups('resource-groups', 'GetTags', {
    action: 'resource-groups:GetTags',
    audit: 'data-plane',
    resources: (input) => [input.Arn],
    async handle(domain, ctx, input) {
      await note(domain, 'GetTags', input, ctx.signal);
      const tags = domain.tags.get(input.Arn);
      return tags === undefined ? ctx.fail('NotFoundException', 'The group is not there.') : { Arn: input.Arn, Tags: tags };
    },
  }),
  groups('resource-groups', 'ListGroups', {
    action: 'resource-groups:ListGroups',
    audit: 'data-plane',
    resources: () => ['*'],
    async handle(domain, ctx, input) {
      await note(domain, 'ListGroups', input, ctx.signal);
      return { GroupIdentifiers: [{ GroupName: `${input.MaxResults}/${input.NextToken}` }] };
    },
  }),
];

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly domain: TestDomain;
  readonly journaled: (JournalEntry & { readonly how: 'in transaction' | 'later' })[];
  readonly logged: string[];
  readonly metricsText: () => string;
  readonly frontDoor: FrontDoor;
  /** A raw request: what SDKs would never send. */
  raw(method: string, path: string, headers?: Record<string, string>, body?: string | Buffer): Promise<RawAnswer>;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Everything but what is called Forbidden. */
const AUTHORIZER: FrontDoorOptions['authorizer'] = {
  open: async () => ({
    decide: async (action, resources) =>
      resources.map((resource) => ({
        allowed: !resource.includes('Forbidden'),
        reason: `because no identity-based policy allows the ${action} action`,
      })),
  }),
};

export async function startTestServer(options: Partial<FrontDoorOptions> = {}): Promise<TestServer> {
  const domain: TestDomain = { seen: [], misbehave: undefined, tags: new Map() };
  const journaled: TestServer['journaled'] = [];
  const journal: Journal = {
    async write(_tx, entry) {
      journaled.push({ ...entry, how: 'in transaction' });
    },
    later: (entry) => void journaled.push({ ...entry, how: 'later' }),
    async durably(entry) {
      journaled.push({ ...entry, how: 'later' });
    },
  };
  const logged: string[] = [];
  const log: Logger = {
    debug: () => {},
    info: () => {},
    warn: (message) => void logged.push(message),
    error: (message, _fields, cause) => void logged.push(`${message}: ${String(cause)}`),
    child: () => log,
  };
  const metrics = createMetrics();
  const bound: readonly BoundOperation[] = bindOperations(domain, operations);
  const frontDoor = createFrontDoor({
    models: serviceModels,
    operations: bound,
    authenticators: createAuthenticators({
      credentials: {
        find: async (accessKeyId) =>
          accessKeyId === KEY.accessKeyId
            ? { secretAccessKey: KEY.secretAccessKey, principal: administratorPrincipal(ACCOUNT, accessKeyId) }
            : 'unknown',
      },
      nodeKeys: { find: async () => undefined },
      regions: [REGION],
    }),
    authorizer: AUTHORIZER,
    journal,
    clock: systemClock,
    ids: systemIds,
    log,
    metrics,
    regions: [REGION],
    account: ACCOUNT,
    ...options,
  });
  const server = createServer((request, response) => frontDoor.handle(request, response));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    domain,
    journaled,
    logged,
    metricsText: () => metrics.render(),
    frontDoor,
    raw: (method, path, headers, body) => rawRequest(port, method, path, headers, body),
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

async function rawRequest(
  port: number,
  method: string,
  path: string,
  headers = {},
  body: string | Buffer = '',
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const request = httpRequest({ port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }),
    );
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}
