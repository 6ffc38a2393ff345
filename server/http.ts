// What comes in: API calls and reserved paths through the front door, WebSocket handshakes to the channels. A handshake passes the same
// authenticators as any call before a socket is handed over.
import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Composition } from './compose.ts';
import { createDownloads } from './downloads/index.ts';
import { beginAuthentication } from './platform/access/index.ts';
import {
  ApiError,
  createFrontDoor,
  type FrontDoor,
  fail,
  lastWords,
  readHead,
  type ReservedHandler,
  serviceModels,
} from './platform/api/index.ts';
import { controlChannelNode } from './platform/channels/index.ts';
import type { AccountId, Ids, Region } from './platform/ids.ts';
import { nodeArn } from './platform/node-arn.ts';
import type { Logger, Metrics } from './platform/telemetry/index.ts';
import type { Clock } from './platform/time/clock.ts';

export interface HttpOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly regions: readonly Region[];
  readonly account: AccountId;
  readonly reserved?: ReadonlyMap<string, ReservedHandler>;
}

export interface HttpHandlers {
  onRequest(request: IncomingMessage, response: ServerResponse): void;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly frontDoor: FrontDoor;
}

const NO_BODY_SHA256 = hash('sha256', '', 'hex');

export function createHttpHandlers(composition: Composition, options: HttpOptions): HttpHandlers {
  const { clock, ids, log, metrics, account, regions } = options;
  const [region, ...others] = regions;
  if (region === undefined) throw new Error('a server needs at least one region');
  const frontDoor = createFrontDoor({
    models: serviceModels,
    operations: composition.operations,
    authenticators: composition.authenticators,
    authorizer: composition.identity.authorizer,
    journal: composition.journal,
    clock,
    ids,
    log: log.child({ area: 'api' }),
    metrics,
    regions: [region, ...others],
    account,
    reserved: new Map([
      ...(options.reserved ?? []),
      ['/downloads/', createDownloads({ attachments: composition.downloads, clock })],
    ]),
  });

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const requestHead = readHead(request, clock.now());
    const nodeId = controlChannelNode(requestHead.rawPath);
    if (nodeId === undefined) return fail('ResourceNotFoundException', 'There is no channel at this path.', { httpStatus: 404 });
    const pending = await beginAuthentication(composition.authenticators, requestHead, 'ssmmessages');
    pending.confirm(NO_BODY_SHA256);
    const { principal, region: scopeRegion } = pending.identity;
    const scope = { account: principal.account, region: scopeRegion };
    const permissions = await composition.identity.authorizer.open(principal, {
      sourceIp: requestHead.sourceIp,
      userAgent: requestHead.headers.get('user-agent') ?? '',
      at: requestHead.receivedAt,
      secure: !requestHead.plaintext,
      region: scopeRegion,
    });
    const [decision] = await permissions.decide('ssmmessages:OpenControlChannel', [nodeArn(scope, nodeId)]);
    if (decision?.allowed !== true) {
      return fail('AccessDeniedException', `${principal.arn} may not open the control channel of ${nodeId}.`, {
        httpStatus: 403,
      });
    }
    composition.channels.upgrade(request, socket, head, scope, nodeId);
  }

  return {
    frontDoor,
    onRequest: (request, response) => frontDoor.handle(request, response),
    onUpgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      upgrade(request, socket, head).catch((error: unknown) => {
        if (!(error instanceof ApiError)) log.error('a WebSocket handshake failed', {}, error);
        refuse(socket, error instanceof ApiError ? error : new ApiError('InternalFailure', '', { httpStatus: 500 }));
      });
    },
  };
}

/** The stock agent looks for `<AccessDeniedException>` in the text. */
function refuse(socket: Duplex, error: ApiError): void {
  const status = error.httpStatus ?? 400;
  const body = `<${error.code}><Message>${escapeXml(error.message)}</Message></${error.code}>`;
  const head = [
    `HTTP/1.1 ${status} ${status < 500 ? 'Refused' : 'Error'}`,
    'Connection: close',
    'Content-Type: text/xml',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  lastWords(socket, `${head.join('\r\n')}\r\n\r\n${body}`);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
