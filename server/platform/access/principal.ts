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
  /** Of a session that GetSessionToken made: when. */
  readonly issuedAt?: string;
}

/** A user of IAM, with an access key. */
export interface UserPrincipal extends PrincipalBase {
  readonly kind: 'user';
  readonly userName: string;
  /** Of a session that GetSessionToken made: when. */
  readonly issuedAt?: string;
}

/** A session of a role: AssumeRole, AssumeRoleWithWebIdentity. Everything that limits it comes with it. */
export interface RolePrincipal extends PrincipalBase {
  readonly kind: 'role';
  readonly roleName: string;
  readonly roleArn: string;
  readonly sessionName: string;
  /** ISO 8601. */
  readonly issuedAt: string;
  /** Session tags, by key. */
  readonly tags: Readonly<Record<string, string>>;
  /** Keys of the session tags that sessions made from this one inherit. */
  readonly transitiveTagKeys: readonly string[];
  /** Session policies as they were given: texts, and ARNs of managed policies. Undefined: none were. */
  readonly sessionPolicies: { readonly texts: readonly string[]; readonly arns: readonly string[] } | undefined;
  /** Said once, kept along a chain of roles. */
  readonly sourceIdentity?: string;
  /** Who answered for a federated caller: `arn:aws:iam::A:oidc-provider/issuer.example`. */
  readonly provider?: string;
  /** What the provider said of a federated caller: who, and for whom. */
  readonly subject?: string;
  readonly audience?: string;
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
  /** On record only: who they proved to be by what they brought. */
  readonly proved?: ProvedIdentity;
}

/** As an identity provider said it of whoever brought its token. */
export interface ProvedIdentity {
  readonly provider: string;
  readonly subject: string;
  readonly audience: string;
}

export type Principal = AdministratorPrincipal | UserPrincipal | RolePrincipal | NodePrincipal | AnonymousPrincipal;
