// Authenticators form a list; the first that claims a request decides it. Authentication has two halves so that no
// stranger's body is ever buffered: `begin` sees the head only (key known? date fresh? scope right?), `confirm` gets the body's hash.
import type { Principal } from './principal.ts';
import type { Region } from '../ids.ts';

export interface RequestHead {
  readonly method: string;
  /** As on the wire: undecoded, without the query. */
  readonly rawPath: string;
  /** As on the wire, without `?`. */
  readonly rawQuery: string;
  /** Lower-case names; repeated headers joined by `,` as SigV4 wants them. */
  readonly headers: ReadonlyMap<string, string>;
  readonly sourceIp: string;
  readonly receivedAt: Date;
  /** True when the request came over plain HTTP. */
  readonly plaintext: boolean;
}

export interface Identity {
  readonly principal: Principal;
  /** The region of the credential scope. */
  readonly region: Region;
}

export interface PendingAuthentication {
  readonly identity: Identity;
  /** Lower-case hex SHA-256 of the body as received. Throws ApiError when the signature does not cover it. Constant-time. */
  confirm(bodySha256: string): void;
}

export interface Authenticator {
  readonly name: string;
  /** Whether this request is signed in this authenticator's way. Looks at the head only; never throws. */
  claims(head: RequestHead): boolean;
  /** `signingName` is what the route expects in the credential scope (`ssm`, `ssmmessages`, …). Throws ApiError with AWS's code. */
  begin(head: RequestHead, signingName: string): Promise<PendingAuthentication>;
}

/** Decides. Pure of I/O on the hot path; filled by cloud/identity. */
export interface Authorizer {
  allowed(principal: Principal, action: string, resource: string): boolean;
}
