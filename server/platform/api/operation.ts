// The operation table. An operation is declared once, in one file of its domain, with everything the front door must know
// before it runs: the IAM action, the resources named by the input, the audit class. A test walks the table.
import type { CallFacts, DecisionOptions } from '../access/authenticator.ts';
import type { Principal, ProvedIdentity } from '../access/principal.ts';
import type { Scope } from '../ids.ts';
import type { Tx } from '../store/database.ts';
import type { ApiErrorOptions, CommonErrorCode } from './errors.ts';

/**
 * write: a journal row in the same transaction. secret: the reply is held until its record is durable. read: recorded within a second.
 * data-plane, agent-plane: recorded only where a trail selects them. Denials are recorded for every class.
 */
export type AuditClass = 'write' | 'secret' | 'read' | 'data-plane' | 'agent-plane';

/** One generated service: operation name -> its shapes. */
export type ServiceApi = Record<string, { input: unknown; output: unknown; errors: string }>;

export interface RequestContext<ErrorCode extends string = string> extends Scope {
  readonly requestId: string;
  readonly principal: Principal;
  readonly now: Date;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** Aborted when the client has gone or the server drains: for long polls. */
  readonly signal: AbortSignal;
  /** What conditions may ask about this call; stored with what is decided on later. */
  readonly call: CallFacts;
  /** For resources found while handling. Throws AccessDeniedException in AWS's sentence for the first that is not allowed. */
  authorize(action: string, resources: string | readonly string[], options?: DecisionOptions): Promise<void>;
  /** One answer for each resource, in their order. */
  allowed(action: string, resources: readonly string[], options?: DecisionOptions): Promise<readonly boolean[]>;
  /**
   * Writes this call's journal row into `tx`. Every operation of class `write` calls it exactly once in the transaction that does
   * the deed; the front door asserts it. `resources` are the ARNs touched.
   */
  journal(tx: Tx, resources: readonly string[]): Promise<void>;
  /** Of a call without a signature: who its caller has proved to be, for the record. */
  proved(who: ProvedIdentity): void;
  /** Throws an error that this operation's model declares, or a common one. */
  fail(code: ErrorCode | CommonErrorCode, message: string, options?: ApiErrorOptions): never;
}

export interface Operation<Domain, Input = unknown, Output = unknown, ErrorCode extends string = string> {
  /** Model name of the service: `ssm`, `sts`, `ssmmessages`, `ec2messages`, `muster`. */
  readonly service: string;
  readonly name: string;
  readonly action: string;
  readonly audit: AuditClass;
  /** Of class `read`: whether this call's answer holds a secret. It is then held and recorded as of class `secret`. Pure. */
  givesSecret?(input: Input): boolean;
  /** True for the few operations that take no signature (RegisterManagedInstance, …). */
  readonly unsigned?: boolean;
  /** True where the resource's own policy takes part in the decision: the handler makes it. A test lists them. */
  readonly judgesItself?: boolean;
  /** Largest accepted body in bytes; default 1 MiB. */
  readonly bodyBytesMax?: number;
  /** ARNs that the input names, or `['*']` where the action has no resource type. Pure. */
  resources(input: Input, scope: Scope): readonly string[];
  /** Condition keys that the input decides, such as `ssm:Overwrite`; those of request tags are known by themselves. Pure. */
  conditions?(input: Input): Readonly<Record<string, string | readonly string[]>>;
  handle(domain: Domain, ctx: RequestContext<ErrorCode>, input: Input): Promise<Output>;
}

/** Declares an operation against its generated shapes: `operation<SsmApi, RunCommand>()('ssm', 'SendCommand', {…})`. */
export function operation<Api extends { [K in keyof Api]: ServiceApi[string] }, Domain>() {
  return <Name extends keyof Api & string>(
    service: string,
    name: Name,
    rest: Omit<Operation<Domain, Api[Name]['input'], Api[Name]['output'], Api[Name]['errors']>, 'service' | 'name'>,
  ): Operation<Domain, Api[Name]['input'], Api[Name]['output'], Api[Name]['errors']> => ({ service, name, ...rest });
}

/** An operation with its domain filled in: what the front door holds. */
export type BoundOperation = Omit<Operation<unknown>, 'handle'> & {
  handle(ctx: RequestContext, input: unknown): Promise<unknown>;
};

// Operations of one domain have different input types; the table forgets them, the codec guarantees them.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyOperation<Domain> = Operation<Domain, any, any, any>;

export function bindOperations<Domain>(domain: Domain, operations: readonly AnyOperation<Domain>[]): BoundOperation[] {
  return operations.map((declared) => ({
    ...declared,
    handle: (ctx, input) => declared.handle(domain, ctx, input) as Promise<unknown>,
  }));
}
