// The front door: one request from its first byte to its answer. `receive` and `serve` are the pipeline, read from top to bottom. Whatever is thrown becomes an answer here and nowhere else: an ApiError as AWS would word it, anything else a
// 500 that reveals its request id and nothing more.
import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator, Authorizer, CallFacts, Identity, Permissions, RequestHead } from '../access/index.ts';
import type { AccountId, Ids, Region } from '../ids.ts';
import type { Journal } from '../journal/journal.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import { authenticate } from './authenticate.ts';
import type { JsonObject } from './codec/decode.ts';
import { ApiError, COMMON_ERROR_CODES } from './errors.ts';
import { createGate } from './gate.ts';
import type { Gate, Passage } from './gate.ts';
import type { ServiceModel } from './models/service-model.ts';
import type { BoundOperation, RequestContext } from './operation.ts';
import { createOperationTable } from './operation-table.ts';
import type { OperationTable, TableEntry } from './operation-table.ts';
import { createPace } from './pace.ts';
import type { Pace } from './pace.ts';
import { codecOf } from './protocols/index.ts';
import type { WireAnswer, WireCodec, WireRequest } from './protocols/wire.ts';
import { BODY_BYTES_MAX_DEFAULT, ClientGone, readBody, STRANGERS_BODY_BYTES_MAX } from './read-body.ts';
import { createRecordAllowance } from './record-allowance.ts';
import type { RecordAllowance } from './record-allowance.ts';
import { requestConditions } from './request-conditions.ts';
import { createContext } from './request-context.ts';
import { readHead } from './request-head.ts';
import { RequestJournal } from './request-journal.ts';
import { entryOfForm, entryOfRoute, entryOfStranger } from './resolve-operation.ts';
import { answerNothing, createSend } from './respond.ts';
import type { Manner, Send } from './respond.ts';
import { route, takesUnsignedForms } from './route.ts';
import type { Route, RouteTable } from './route.ts';
import { createRequestMetrics } from './request-metrics.ts';
import type { RequestMetrics } from './request-metrics.ts';

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
  manner: Manner;
}

/** What all requests share. */
interface House {
  readonly options: FrontDoorOptions;
  readonly table: OperationTable;
  readonly reserved: ReadonlyMap<string, ReservedHandler>;
  readonly routes: RouteTable;
  readonly gate: Gate;
  readonly pace: Pace;
  readonly mayRecord: RecordAllowance;
  readonly metrics: RequestMetrics;
  readonly send: Send;
}

export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  const table = createOperationTable(options.models, options.operations);
  const reserved = options.reserved ?? new Map<string, ReservedHandler>();
  const gate = createGate(options.inFlightMax);
  const pace = createPace();
  const house: House = {
    options,
    table,
    reserved,
    routes: { services: table.services, reserved: [...reserved.keys()] },
    gate,
    pace,
    mayRecord: createRecordAllowance(options.clock, options.metrics),
    metrics: createRequestMetrics(options.metrics, gate, pace),
    send: createSend(),
  };
  return {
    handle(request, response) {
      void receive(house, request, response);
    },
    operations: options.operations,
    drain() {
      pace.drain();
      return gate.drain();
    },
  };
}

/** Never rejects: nobody is there to hear it. */
async function receive(house: House, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { clock, ids, log } = house.options;
  try {
    const head = readHead(request, clock.now());
    const exchange: Exchange = {
      request,
      response,
      requestId: ids.uuid(),
      head,
      route: route(house.routes, head),
      startedMs: clock.monotonicMs(),
      entry: undefined,
      journal: undefined,
      resources: [],
      manner: 'usual',
    };
    let code = 'OK';
    try {
      const answer = await serve(house, exchange);
      if (answer !== undefined) house.send(response, exchange.requestId, answer, exchange.manner);
    } catch (thrown) {
      code = thrown instanceof ClientGone ? 'ClientGone' : refuse(house, exchange, thrown);
    }
    house.metrics.answered(labelsOf(exchange), code, clock.monotonicMs() - exchange.startedMs);
  } catch (error) {
    // The answer itself could not be made: a mistake of ours, and of this request only.
    log.error('a request could not be answered', {}, error);
    response.destroy();
  }
}

/**
 * The pipeline: head and route are known; authenticate, read and hash the body, confirm; then decode and validate, authorize, handle, encode. Each wait
 * costs every call, so what is usually there already is a promise only where it is not.
 */
async function serve(house: House, exchange: Exchange): Promise<WireAnswer | undefined> {
  const { options, table, gate } = house;
  const { request, response, head, route: routed } = exchange;
  if (routed.kind === 'reserved') {
    await house.reserved.get(routed.key)?.(request, response, exchange.requestId);
    return undefined;
  }
  if (routed.kind === 'nothing') return answerNothing();
  const { service } = routed;
  if (routed.kind !== 'form') exchange.entry = entryOfRoute(table, routed);
  // Before anything that costs: who waits is only a head. Who does not wait lets the parser come to the body, which lies behind the head.
  await (exchange.entry?.bound.audit === 'read' ? house.pace.turn() : undefined);
  const begun = authenticate(options, head, service.model.signingName, mayBeUnsigned(exchange));
  const pending = begun instanceof Promise ? await begun : begun;
  const { identity } = pending;
  const { principal } = identity;
  const nodeId = principal.kind === 'node' ? principal.nodeId : undefined;
  const passage = gate.enter(exchange.entry?.bound.audit, response, nodeId);
  try {
    const coming = readBody(request, bodyLimit(exchange.entry, identity), options.clock);
    const body = coming instanceof Promise ? await coming : coming;
    pending.confirm(hash('sha256', body, 'hex'));
    // From here on who calls is known, and the body is theirs.
    const wire: WireRequest = { rawPath: head.rawPath, rawQuery: head.rawQuery, headers: head.headers, body };
    exchange.entry ??= principal.kind === 'anonymous' ? entryOfStranger(table, service, wire) : entryOfForm(table, service, wire);
    const call = readCall(house, exchange, exchange.entry, identity, wire);
    const { bound, operation } = call.entry;
    const opened = options.authorizer.open(principal, call.facts);
    const context = contextOf(exchange, call, opened instanceof Promise ? await opened : opened, passage);
    // An unsigned operation proves itself by what it brings (an activation code, a token): there is nobody to authorize.
    if (bound.unsigned !== true && bound.judgesItself !== true) await context.authorize(bound.action, exchange.resources);
    const output = await bound.handle(context, call.input);
    const recorded = call.journal.succeeded(exchange.resources);
    if (recorded !== undefined) {
      exchange.manner = 'held';
      await recorded;
    }
    return codecFor(exchange).encode(call.entry.service, operation, output, exchange.requestId);
  } finally {
    passage.done();
  }
}

/** A call whose input is read. */
interface Call {
  readonly entry: TableEntry;
  readonly identity: Identity;
  readonly input: JsonObject;
  readonly journal: RequestJournal;
  readonly facts: CallFacts;
}

/** Decodes and validates. What fails from here on is on record. */
function readCall(house: House, exchange: Exchange, entry: TableEntry, identity: Identity, wire: WireRequest): Call {
  const { requestId, head } = exchange;
  const { bound } = entry;
  const { region } = identity;
  const { sourceIp, receivedAt: at } = head;
  const userAgent = head.headers.get('user-agent') ?? '';
  const journal = new RequestJournal(
    house.options.journal,
    { entry, identity, requestId, at, sourceIp, userAgent },
    house.mayRecord,
  );
  exchange.journal = journal;
  const input = codecFor(exchange).decode(entry.operation, wire);
  journal.decoded(input);
  exchange.resources = bound.resources(input, { account: identity.principal.account, region });
  // What names nothing would be allowed to everybody.
  if (exchange.resources.length === 0) throw new Error(`${bound.service}:${bound.name} names no resource`);
  return { entry, identity, input, journal, facts: { sourceIp, userAgent, at, secure: !head.plaintext, region } };
}

function contextOf(exchange: Exchange, call: Call, permissions: Permissions, passage: Passage): RequestContext {
  const { bound, service } = call.entry;
  return createContext({
    requestId: exchange.requestId,
    head: exchange.head,
    identity: call.identity,
    call: call.facts,
    permissions,
    action: bound.action,
    facts: requestConditions(bound, call.input),
    deniedCode: service.model.protocols[0] === 'query' ? 'AccessDenied' : 'AccessDeniedException',
    journal: call.journal,
    passage,
  });
}

/** Turns whatever was thrown into an answer; returns its code. */
function refuse({ options, send }: House, exchange: Exchange, thrown: unknown): string {
  const { response, requestId, entry, route: routed } = exchange;
  const labels = { ...labelsOf(exchange), requestId };
  if (!(thrown instanceof ApiError)) options.log.error('a request failed', labels, thrown);
  const error = thrown instanceof ApiError ? thrown : new ApiError('InternalFailure', '');
  exchange.journal?.failed(error, exchange.resources);
  if (entry !== undefined && !entry.operation.errors.has(error.code) && !COMMON_ERROR_CODES.has(error.code))
    options.log.error('an operation failed with a code that its model does not declare', { ...labels, code: error.code });
  if (response.headersSent) response.destroy();
  else if (routed.kind === 'reserved' || routed.kind === 'nothing')
    send(response, requestId, { status: 500, headers: {}, body: '' }, 'closing');
  else {
    const answer = codecFor(exchange).encodeError(routed.service, entry?.operation, error, requestId);
    send(response, requestId, answer, LEAVES_A_BODY.has(error.code) ? 'closing' : 'usual');
  }
  return error.code;
}

/** Which operation a form names is known after its body: until then any of the service's. */
function mayBeUnsigned({ entry, route: routed }: Exchange): boolean {
  if (routed.kind === 'form') return takesUnsignedForms(routed.service);
  return entry?.bound.unsigned === true;
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

/** Names from the table only: a stranger's words never become labels. */
function labelsOf(exchange: Exchange): { service: string; operation: string } {
  const { route: routed, entry } = exchange;
  const service = routed.kind === 'reserved' || routed.kind === 'nothing' ? routed.kind : routed.service.name;
  return { service, operation: entry?.bound.name ?? 'none' };
}
