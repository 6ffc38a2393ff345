// The front door: one request from its first byte to its answer. `serve` is the pipeline; each step is a function of its own below it or
// in a file of its own. Whatever is thrown becomes an answer here and nowhere else: an ApiError as AWS would word it, anything else a
// 500 that reveals its request id and nothing more.
import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator, Authorizer, Identity, RequestHead } from '../access/index.ts';
import type { AccountId, Ids, Region } from '../ids.ts';
import type { Journal } from '../journal/journal.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import { accessDenied } from './access-denied.ts';
import { authenticate } from './authenticate.ts';
import { COMMON_ERROR_CODES, ApiError, fail } from './errors.ts';
import type { ApiErrorOptions } from './errors.ts';
import { createGate } from './gate.ts';
import type { ServiceModel } from './models/service-model.ts';
import type { BoundOperation, RequestContext } from './operation.ts';
import { createOperationTable } from './operation-table.ts';
import type { TableEntry } from './operation-table.ts';
import { codecOf } from './protocols/index.ts';
import type { WireAnswer, WireCodec, WireRequest } from './protocols/wire.ts';
import { BODY_BYTES_MAX_DEFAULT, ClientGone, readBody, STRANGERS_BODY_BYTES_MAX } from './read-body.ts';
import { readHead } from './request-head.ts';
import { RequestJournal } from './request-journal.ts';
import { entryOfForm, entryOfRoute } from './resolve-operation.ts';
import { answerNothing, send } from './respond.ts';
import { route } from './route.ts';
import type { Route } from './route.ts';
import { createRequestMetrics } from './request-metrics.ts';

export type ReservedHandler = (request: IncomingMessage, response: ServerResponse, requestId: string) => void | Promise<void>;

export interface FrontDoorOptions {
  readonly models: readonly ServiceModel[];
  readonly operations: readonly BoundOperation[];
  readonly authenticators: readonly Authenticator[];
  readonly authorizer: Authorizer;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The first is the default: that of calls which are not signed and whose host names none. */
  readonly regions: readonly [Region, ...Region[]];
  /** Whose account unsigned calls belong to. */
  readonly account: AccountId;
  /** Exact paths, and prefixes that end in `/`: health, metrics, console, downloads, reset. */
  readonly reserved?: ReadonlyMap<string, ReservedHandler>;
  /** Default `IN_FLIGHT_MAX`. */
  readonly inFlightMax?: number;
}

export interface FrontDoor {
  handle(request: IncomingMessage, response: ServerResponse): void;
  readonly operations: readonly BoundOperation[];
  /** Long polls end now; resolves when no request is in flight. New requests are still answered: the listener stops accepting. */
  drain(): Promise<void>;
}

/** After these the rest of the body may still come: the connection is given up. */
const LEAVES_A_BODY = new Set(['RequestEntityTooLargeException', 'RequestTimeoutException']);

/** What one request knows of itself; filled from step to step. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly head: RequestHead;
  readonly route: Route;
  readonly startedMs: number;
  entry: TableEntry | undefined;
  journal: RequestJournal | undefined;
  resources: readonly string[];
}

export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  const { clock, ids, log, authorizer } = options;
  const table = createOperationTable(options.models, options.operations);
  const reserved = options.reserved ?? new Map<string, ReservedHandler>();
  const routes = { services: table.services, reserved: [...reserved.keys()] };
  const gate = createGate(options.inFlightMax);
  const metrics = createRequestMetrics(options.metrics, gate);

  /** The pipeline. */
  async function serve(exchange: Exchange): Promise<WireAnswer | undefined> {
    const { request, response, head, requestId } = exchange;
    if (exchange.route.kind === 'reserved') return void (await reserved.get(exchange.route.key)?.(request, response, requestId));
    if (exchange.route.kind === 'nothing') return answerNothing();
    const { service } = exchange.route;
    if (exchange.route.kind !== 'form') exchange.entry = entryOfRoute(table, exchange.route);
    const pending = await authenticate(options, head, service.model.signingName, exchange.entry?.bound.unsigned === true);
    const passage = gate.enter(exchange.entry?.bound.audit, response);
    try {
      const body = await readBody(request, bodyLimit(exchange.entry, pending.identity), clock);
      pending.confirm(hash('sha256', body, 'hex'));
      const wire: WireRequest = { rawPath: head.rawPath, rawQuery: head.rawQuery, headers: head.headers, body };
      exchange.entry ??= entryOfForm(table, service, wire);
      return await execute(exchange, exchange.entry, pending.identity, wire, passage.signal);
    } finally {
      passage.done();
    }
  }

  /** The second half of the pipeline: who calls is known, and the body is theirs. */
  async function execute(
    exchange: Exchange,
    entry: TableEntry,
    identity: Identity,
    wire: WireRequest,
    signal: AbortSignal,
  ): Promise<WireAnswer> {
    const { bound, operation, service } = entry;
    const { requestId, head } = exchange;
    const codec = codecFor(exchange);
    const call = { entry, identity, requestId, at: head.receivedAt, sourceIp: head.sourceIp, userAgent: userAgent(head) };
    const journal = new RequestJournal(options.journal, call);
    exchange.journal = journal;

    const input = codec.decode(operation, wire);
    journal.decoded(input);
    exchange.resources = bound.resources(input, { account: identity.principal.account, region: identity.region });
    authorize(authorizer, identity, bound.action, exchange.resources);
    const output = await bound.handle(createContext(exchange, identity, journal, signal), input);
    await journal.succeeded(exchange.resources);
    return codec.encode(service, operation, output, requestId);
  }

  function createContext(exchange: Exchange, identity: Identity, journal: RequestJournal, signal: AbortSignal): RequestContext {
    const { principal, region } = identity;
    const allowed = (action: string, resource: string) => authorizer.allowed(principal, action, resource);
    return {
      account: principal.account,
      region,
      requestId: exchange.requestId,
      principal,
      now: exchange.head.receivedAt,
      sourceIp: exchange.head.sourceIp,
      userAgent: userAgent(exchange.head),
      signal,
      allowed,
      authorize(action, resource) {
        if (!allowed(action, resource)) throw accessDenied(principal, action, resource);
      },
      journal: (tx, resources) => journal.write(tx, resources),
      fail: (code: string, message: string, more?: ApiErrorOptions) => fail(code, message, more),
    };
  }

  async function exchangeOf(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const head = readHead(request, clock.now());
    const exchange: Exchange = {
      request,
      response,
      requestId: ids.uuid(),
      head,
      route: route(routes, head),
      startedMs: clock.monotonicMs(),
      entry: undefined,
      journal: undefined,
      resources: [],
    };
    let code = 'OK';
    try {
      const answer = await serve(exchange);
      if (answer !== undefined) send(response, exchange.requestId, answer);
    } catch (thrown) {
      if (thrown instanceof ClientGone) code = 'ClientGone';
      else code = refuse(exchange, thrown);
    }
    metrics.answered(labelsOf(exchange), code, clock.monotonicMs() - exchange.startedMs);
  }

  function refuse(exchange: Exchange, thrown: unknown): string {
    const { response, requestId, entry, route: routed } = exchange;
    const error = thrown instanceof ApiError ? thrown : internalFailure(exchange, thrown);
    exchange.journal?.failed(error, exchange.resources);
    if (entry && thrown instanceof ApiError && !entry.operation.errors.has(error.code) && !COMMON_ERROR_CODES.has(error.code))
      log.error('an operation failed with a code that its model does not declare', {
        ...labelsOf(exchange),
        code: error.code,
        requestId,
      });
    if (response.headersSent || routed.kind === 'reserved' || routed.kind === 'nothing') {
      if (!response.headersSent) send(response, requestId, { status: 500, headers: {}, body: '' });
      response.destroy();
      return error.code;
    }
    send(
      response,
      requestId,
      codecFor(exchange).encodeError(routed.service, entry?.operation, error, requestId),
      LEAVES_A_BODY.has(error.code),
    );
    return error.code;
  }

  function internalFailure(exchange: Exchange, thrown: unknown): ApiError {
    log.error('a request failed', { requestId: exchange.requestId, ...labelsOf(exchange) }, thrown);
    return new ApiError('InternalFailure', '');
  }

  return {
    handle: (request, response) => void exchangeOf(request, response),
    operations: options.operations,
    drain: () => gate.drain(),
  };
}

function authorize(authorizer: Authorizer, { principal }: Identity, action: string, resources: readonly string[]): void {
  for (const resource of resources)
    if (!authorizer.allowed(principal, action, resource)) throw accessDenied(principal, action, resource);
}

function bodyLimit(entry: TableEntry | undefined, identity: Identity): number {
  return (
    entry?.bound.bodyBytesMax ?? (identity.principal.kind === 'anonymous' ? STRANGERS_BODY_BYTES_MAX : BODY_BYTES_MAX_DEFAULT)
  );
}

function codecFor(exchange: Exchange): WireCodec {
  const { route: routed } = exchange;
  if (routed.kind === 'reserved' || routed.kind === 'nothing') throw new Error(`a route of kind ${routed.kind} has no protocol`);
  return codecOf(routed.kind === 'form' ? 'query' : routed.protocol);
}

function userAgent(head: RequestHead): string {
  return head.headers.get('user-agent') ?? '';
}

/** Names from the table only: a stranger's words never become labels. */
function labelsOf(exchange: Exchange): { service: string; operation: string } {
  const { route: routed, entry } = exchange;
  const service = routed.kind === 'reserved' || routed.kind === 'nothing' ? routed.kind : routed.service.name;
  return { service, operation: entry?.bound.name ?? 'none' };
}
