// Where a request goes, decided from its head alone: a credential scope names the service and beats the path; X-Amz-Target names the
// operation of a JSON service; method and undecoded path that of a REST service; a form's operation stands in its body and is found
// later. Pure: no I/O, never throws on what a stranger sends.
import type { RequestHead } from '../access/authenticator.ts';
import type { Protocol } from './models/service-model.ts';
import type { Service } from './codec/service.ts';
import { matchUri, uriWeight } from './protocols/uri.ts';

export type Route =
  | { readonly kind: 'operation'; readonly service: Service; readonly protocol: Protocol; readonly operation: string }
  /** A Query request with a body: `Action` is read after authentication. */
  | { readonly kind: 'form'; readonly service: Service }
  /** A service that we know was asked for something that its model does not have. */
  | { readonly kind: 'unknown-operation'; readonly service: Service; readonly protocol: Protocol; readonly name: string }
  /** The key of the reserved path's handler. */
  | { readonly kind: 'reserved'; readonly key: string }
  | { readonly kind: 'nothing' };

export interface RouteTable {
  readonly services: readonly Service[];
  /** Exact paths, and prefixes that end in `/`. */
  readonly reserved: readonly string[];
}

type Head = Pick<RequestHead, 'method' | 'rawPath' | 'rawQuery' | 'headers'>;

export function route(table: RouteTable, head: Head): Route {
  const scopeService = signingName(head);
  if (scopeService !== undefined) {
    const candidates = signedAs(table.services, scopeService);
    return routeAmong(candidates, head) ?? unknownOf(candidates[0], head);
  }
  const reserved = table.reserved.find((key) => (key.endsWith('/') ? head.rawPath.startsWith(key) : head.rawPath === key));
  if (reserved !== undefined) return { kind: 'reserved', key: reserved };
  return routeAmong(table.services, head) ?? { kind: 'nothing' };
}

/** Derived once for each table of services: every signed request asks. */
const bySigningName = new WeakMap<readonly Service[], ReadonlyMap<string, readonly Service[]>>();

function signedAs(services: readonly Service[], signingName: string): readonly Service[] {
  const known = bySigningName.get(services) ?? Map.groupBy(services, ({ model }) => model.signingName);
  bySigningName.set(services, known);
  return known.get(signingName) ?? [];
}

/** The service of the credential scope, in the Authorization header or in a presigned query. */
export function signingName(head: Head): string | undefined {
  const authorization = head.headers.get('authorization');
  if (authorization !== undefined) return scopePart(/Credential=([^,\s]+)/.exec(authorization)?.[1]);
  if (!head.rawQuery.includes('X-Amz-Credential=')) return undefined;
  return scopePart(new URLSearchParams(head.rawQuery).get('X-Amz-Credential') ?? undefined);
}

/** `AKID/20261120/us-east-1/ssm/aws4_request`; counted from the end, since a key id may hold a slash. */
function scopePart(credential: string | undefined): string | undefined {
  if (credential === undefined) return undefined;
  const terminator = slashBefore(credential, credential.length);
  const service = slashBefore(credential, terminator);
  const date = slashBefore(credential, slashBefore(credential, service));
  return date === -1 ? undefined : credential.slice(service + 1, terminator);
}

function slashBefore(text: string, end: number): number {
  return end <= 0 ? -1 : text.lastIndexOf('/', end - 1);
}

function routeAmong(candidates: readonly Service[], head: Head): Route | undefined {
  const target = head.headers.get('x-amz-target');
  if (target !== undefined) return routeTarget(candidates, target);
  return routeForm(candidates, head) ?? routeRest(candidates, head);
}

function routeTarget(candidates: readonly Service[], target: string): Route | undefined {
  const dot = target.lastIndexOf('.');
  const prefix = target.slice(0, dot);
  const name = target.slice(dot + 1);
  // Models of botocore have CloudTrail's with a package before it; newer SDKs send what stands behind its last dot.
  const service = candidates.find(
    ({ model }) => model.targetPrefix === prefix || model.targetPrefix?.endsWith(`.${prefix}`) === true,
  );
  if (service === undefined) return undefined;
  return known(service, 'json', name);
}

function routeForm(candidates: readonly Service[], head: Head): Route | undefined {
  const speaking = candidates.filter((service) => service.model.protocols.includes('query'));
  if (speaking.length === 0 || head.rawPath !== '/') return undefined;
  // The fields of a form body are not known yet; without a scope it can only be meant for a service that takes unsigned forms.
  const isForm =
    head.method === 'POST' && (head.headers.get('content-type') ?? '').startsWith('application/x-www-form-urlencoded');
  const [service] = speaking;
  if (isForm) {
    const meant = speaking.length === 1 ? speaking : speaking.filter(takesUnsignedForms);
    return meant.length === 1 && meant[0] !== undefined ? { kind: 'form', service: meant[0] } : undefined;
  }
  const query = new URLSearchParams(head.rawQuery);
  const action = query.get('Action');
  if (action === null || head.method !== 'GET') return undefined;
  const version = query.get('Version');
  const asked = speaking.find((one) => one.model.apiVersion === version) ?? (speaking.length === 1 ? service : undefined);
  return asked === undefined ? undefined : known(asked, 'query', action);
}

/** Whose own way forms are: what services that speak them besides take without a signature comes as JSON. */
export function takesUnsignedForms({ model }: Service): boolean {
  return model.protocols[0] === 'query' && Object.values(model.operations).some(({ unsigned }) => unsigned === true);
}

function routeRest(candidates: readonly Service[], head: Head): Route | undefined {
  const [only] = candidates;
  const fixed =
    only !== undefined && candidates.length === 1 ? fixedRoutesOf(only).get(`${head.method} ${head.rawPath}`) : undefined;
  // Only a template with a query beats a path that stands whole in the model.
  if (fixed !== undefined && head.rawQuery === '') return fixed;
  let best: { route: Route; weight: number } | undefined;
  for (const service of candidates) {
    if (!service.model.protocols.includes('rest-json')) continue;
    for (const [operation, model] of Object.entries(service.model.operations)) {
      const weight = uriWeight(model.uri);
      if (model.method !== head.method || (best !== undefined && best.weight >= weight)) continue;
      if (matches(model.uri, head)) best = { route: { kind: 'operation', service, protocol: 'rest-json', operation }, weight };
    }
  }
  return best?.route;
}

/** Operations whose path holds no label: most of those of a service, found without a look at the others. */
const fixedRoutes = new WeakMap<Service, ReadonlyMap<string, Route>>();

function fixedRoutesOf(service: Service): ReadonlyMap<string, Route> {
  const known = fixedRoutes.get(service);
  if (known !== undefined) return known;
  const routes = new Map<string, Route>();
  if (service.model.protocols.includes('rest-json'))
    for (const [operation, { method, uri }] of Object.entries(service.model.operations))
      if (!/[{?]/.test(uri)) routes.set(`${method} ${uri}`, { kind: 'operation', service, protocol: 'rest-json', operation });
  fixedRoutes.set(service, routes);
  return routes;
}

function matches(uri: string, head: Head): boolean {
  try {
    return matchUri(uri, head.rawPath, head.rawQuery) !== undefined;
  } catch {
    // A label that is no UTF-8: nobody's path.
    return false;
  }
}

function known(service: Service, protocol: Protocol, name: string): Route {
  if (Object.hasOwn(service.model.operations, name)) return { kind: 'operation', service, protocol, operation: name };
  return { kind: 'unknown-operation', service, protocol, name };
}

/** The scope names a service, but nothing names an operation of it. */
function unknownOf(service: Service | undefined, head: Head): Route {
  if (service === undefined) return { kind: 'nothing' };
  const protocol = service.model.protocols[0] ?? 'json';
  const name = head.headers.get('x-amz-target') ?? `${head.method} ${head.rawPath}`;
  return { kind: 'unknown-operation', service, protocol, name: name.slice(0, 200) };
}
