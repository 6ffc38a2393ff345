// Which calls are written down, by audit class, and how. A `write` writes its row in the transaction of the deed; what else is
// recorded goes through `journal.later`. Denials are recorded for every class.
import type { Identity } from '../access/authenticator.ts';
import type { Principal, ProvedIdentity } from '../access/principal.ts';
import type { Journal, JournalEntry } from '../journal/journal.ts';
import type { Tx } from '../store/database.ts';
import { AccessDenied } from './access-denied.ts';
import { hiddenJson } from './codec/encode.ts';
import { quotesSensitive } from './codec/sensitive-texts.ts';
import type { ApiError } from './errors.ts';
import type { AuditClass } from './operation.ts';
import type { RecordAllowance } from './record-allowance.ts';
import type { TableEntry } from './operation-table.ts';

export interface JournaledCall {
  readonly entry: TableEntry;
  readonly identity: Identity;
  readonly requestId: string;
  readonly at: Date;
  readonly sourceIp: string;
  readonly userAgent: string;
}

/** A refused call's message may quote what the caller sent. */
const ERROR_MESSAGE_LENGTH_MAX = 1_000;
const MESSAGE_HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS';
/** Of a refused call that is no operator's: enough to see what was tried, too little to fill the disk with. */
const REFUSED_PARAMETERS_LENGTH_MAX = 2_000;

export class RequestJournal {
  readonly #journal: Journal;
  readonly #call: JournaledCall;
  readonly #mayRecord: RecordAllowance;
  /** Units of work may be run again after a deadlock: each run has a transaction of its own, and writes its row once. */
  #written: Set<Tx> | undefined;

  /** Undefined until it has been decoded. */
  #input: unknown;
  #proved: ProvedIdentity | undefined;

  constructor(journal: Journal, call: JournaledCall, mayRecord: RecordAllowance) {
    this.#journal = journal;
    this.#mayRecord = mayRecord;
    this.#call = call;
  }

  decoded(input: unknown): void {
    this.#input = input;
  }

  proved(who: ProvedIdentity): void {
    this.#proved = who;
  }

  async write(tx: Tx, resources: readonly string[]): Promise<void> {
    this.#written ??= new Set();
    if (this.#written.has(tx)) throw new Error(`${this.#name()} writes its journal row twice in one transaction`);
    this.#written.add(tx);
    await this.#journal.write(tx, this.#row(resources));
  }

  /** A promise where the answer has to wait for the record. */
  succeeded(resources: readonly string[]): Promise<void> | undefined {
    const audit = this.#auditClass();
    if (audit === 'write') {
      if (this.#written === undefined) throw new Error(`${this.#name()} is of class write and has not written its journal row`);
      return undefined;
    }
    if (this.#written !== undefined || (audit !== 'secret' && audit !== 'read')) return undefined;
    const row = this.#row(resources);
    // Whoever learns a secret is on record before they learn it.
    if (audit === 'secret') return this.#journal.durably(row);
    this.#journal.later(row);
    return undefined;
  }

  failed(error: ApiError, resources: readonly string[]): void {
    const { audit } = this.#call.entry.bound;
    const quiet = audit === 'data-plane' || audit === 'agent-plane';
    if (quiet && error.code !== 'AccessDeniedException' && error.code !== 'AccessDenied') return;
    const { principal } = this.#call.identity;
    if (!this.#mayRecord(principal)) return;
    const row = this.#row(resources);
    const { length } = row.requestParameters;
    const short = principal.kind === 'administrator' || length <= REFUSED_PARAMETERS_LENGTH_MAX;
    this.#journal.later({
      ...row,
      requestParameters: short
        ? row.requestParameters
        : JSON.stringify({ omitted: true, originalSize: length, reason: 'refused' }),
      errorCode: error.code,
      errorMessage: error instanceof AccessDenied ? error.message : this.#recordedMessage(error.message),
    });
  }

  /** What was refused may be quoted to the caller, never on record. */
  #recordedMessage(message: string): string {
    const { input } = this.#call.entry.operation;
    if (this.#input !== undefined && quotesSensitive(input, this.#input, message)) return MESSAGE_HIDDEN;
    return message.slice(0, ERROR_MESSAGE_LENGTH_MAX);
  }

  #row(resources: readonly string[]): JournalEntry {
    const { entry, identity, requestId, at, sourceIp, userAgent } = this.#call;
    return {
      account: identity.principal.account,
      region: identity.region,
      requestId,
      at,
      eventSource: entry.eventSource,
      eventName: entry.bound.name,
      auditClass: this.#auditClass(),
      principal: this.#principal(),
      sourceIp,
      userAgent,
      requestParameters: this.#input === undefined ? 'null' : hiddenJson(entry.operation.input, this.#input),
      resources,
    };
  }

  #principal(): Principal {
    const { principal } = this.#call.identity;
    return this.#proved === undefined || principal.kind !== 'anonymous' ? principal : { ...principal, proved: this.#proved };
  }

  #auditClass(): AuditClass {
    const { bound } = this.#call.entry;
    return this.#input !== undefined && bound.givesSecret?.(this.#input) === true ? 'secret' : bound.audit;
  }

  #name(): string {
    return `${this.#call.entry.bound.service}:${this.#call.entry.bound.name}`;
  }
}
