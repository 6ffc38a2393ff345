// What was done by whom: written in the same transaction as the deed. Audit reads it. No secret ever enters: the front door passes
// request parameters with the model's sensitive members already hidden.
import type { AuditClass } from '../api/operation.ts';
import type { Principal } from '../access/principal.ts';
import type { AccountId, Scope } from '../ids.ts';
import type { Tx } from '../store/database.ts';

/** The server itself, in what it does to the journal of its own accord. */
export interface ServicePrincipal {
  readonly kind: 'service';
  readonly account: AccountId;
  /** `cloudtrail.amazonaws.com`. */
  readonly service: string;
  readonly accessKeyId: '';
}

export interface JournalEntry extends Scope {
  readonly requestId: string;
  readonly at: Date;
  /** `ssm.amazonaws.com`, as CloudTrail names it. */
  readonly eventSource: string;
  readonly eventName: string;
  readonly auditClass: AuditClass;
  readonly principal: Principal | ServicePrincipal;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** JSON text, at most 100 KB, sensitive members hidden. */
  readonly requestParameters: string;
  readonly resources: readonly string[];
  /** Of a denied or failed call. */
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

export interface Journal {
  write(tx: Tx, entry: JournalEntry): Promise<void>;
  /** For reads and denials: written in a unit of its own within a second; the caller does not wait. Bounded; drops are counted and logged. */
  later(entry: JournalEntry): void;
  /** As `later`, never dropped; resolves when it is durable. Bounded by the calls that may wait at once; where writing fails for long, refused. */
  durably(entry: JournalEntry): Promise<void>;
}
