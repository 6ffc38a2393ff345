// Who is calling, as established by an authenticator. Handlers read it; policies decide on it; the journal records it.
import type { AccountId, NodeId, Region } from '../ids.ts';

interface PrincipalBase {
  readonly account: AccountId;
  /** As `sts:GetCallerIdentity` answers it. */
  readonly arn: string;
  readonly userId: string;
  readonly accessKeyId: string;
}

/** The account's administrator: made at the first start, may do everything in its account. */
export interface AdministratorPrincipal extends PrincipalBase {
  readonly kind: 'administrator';
}

/** A managed node: with its temporary role credentials, or with its own RSA key. May act for itself only. */
export interface NodePrincipal extends PrincipalBase {
  readonly kind: 'node';
  readonly nodeId: NodeId;
  readonly region: Region;
  readonly roleName: string;
  readonly signedWith: 'role-credentials' | 'node-key';
}

/** Nobody: only the operations on the unsigned list accept it. */
export interface AnonymousPrincipal extends PrincipalBase {
  readonly kind: 'anonymous';
}

export type Principal = AdministratorPrincipal | NodePrincipal | AnonymousPrincipal;
