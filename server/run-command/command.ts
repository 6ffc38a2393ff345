// A command and its invocations: states, legal transitions, and how a state reads on the wire.
//
//   Pending ──────────────► InProgress ◄──────► Delayed          (Delayed: sent for, but the node is not connected)
//     │                       │   │                │
//     │                       │   └─► Cancelling ◄─┘
//     │                       ▼            │
//     └──► Success · Failed · ExecutionTimedOut · DeliveryTimedOut · Cancelled
//          Terminated · Undeliverable · InvalidPlatform · AccessDenied
//
// Invariant: a final state never changes. What an agent tells afterwards is recorded with its step, not with the invocation.
import type { CommandId, Scope } from '../platform/ids.ts';

export interface CommandKey extends Scope {
  readonly commandId: CommandId;
}

export type LiveState = 'Pending' | 'Delayed' | 'InProgress' | 'Cancelling';
export type FinalState =
  | 'Success'
  | 'Failed'
  | 'ExecutionTimedOut'
  | 'DeliveryTimedOut'
  | 'Cancelled'
  | 'Terminated'
  | 'Undeliverable'
  | 'InvalidPlatform'
  | 'AccessDenied';
export type InvocationState = LiveState | FinalState;

/** Why a command ended, beyond the states of its invocations. */
export type CommandState =
  | 'Pending'
  | 'InProgress'
  | 'Cancelling'
  | 'Success'
  | 'Failed'
  | 'ExecutionTimedOut'
  | 'DeliveryTimedOut'
  | 'Incomplete'
  | 'Cancelled'
  | 'NoInstancesInTag'
  | 'AccessDenied';

/** Values of `Status` on the wire; the state itself is `StatusDetails`. */
export type InvocationStatus =
  | 'Pending'
  | 'InProgress'
  | 'Delayed'
  | 'Success'
  | 'Cancelled'
  | 'TimedOut'
  | 'Failed'
  | 'Cancelling';
export type CommandStatus = Exclude<InvocationStatus, 'Delayed'>;

const LEGAL: Readonly<Record<LiveState, readonly InvocationState[]>> = {
  Pending: [
    'Delayed',
    'InProgress',
    'DeliveryTimedOut',
    'Cancelled',
    'Terminated',
    'Undeliverable',
    'InvalidPlatform',
    'AccessDenied',
  ],
  Delayed: [
    'InProgress',
    'Cancelling',
    'Success',
    'Failed',
    'ExecutionTimedOut',
    'DeliveryTimedOut',
    'Cancelled',
    'Undeliverable',
  ],
  InProgress: [
    'Delayed',
    'Cancelling',
    'Success',
    'Failed',
    'ExecutionTimedOut',
    'DeliveryTimedOut',
    'Cancelled',
    'Undeliverable',
  ],
  Cancelling: ['Success', 'Failed', 'ExecutionTimedOut', 'DeliveryTimedOut', 'Cancelled', 'Undeliverable'],
};

const LIVE: ReadonlySet<string> = new Set(Object.keys(LEGAL));
export const LIVE_STATES: readonly LiveState[] = ['Pending', 'Delayed', 'InProgress', 'Cancelling'];
/** Dispatched and not final: what MaxConcurrency bounds. */
export const IN_FLIGHT_STATES: readonly LiveState[] = ['Delayed', 'InProgress', 'Cancelling'];

export function isFinal(state: InvocationState): state is FinalState {
  return !LIVE.has(state);
}

export function mayMove(from: InvocationState, to: InvocationState): boolean {
  return !isFinal(from) && LEGAL[from].includes(to);
}

export function invocationStatus(state: InvocationState): InvocationStatus {
  switch (state) {
    case 'ExecutionTimedOut':
    case 'DeliveryTimedOut':
      return 'TimedOut';
    case 'Terminated':
    case 'Undeliverable':
    case 'InvalidPlatform':
    case 'AccessDenied':
      return 'Failed';
    default:
      return state;
  }
}

/** The states behind a `Status` filter. */
export function invocationStatesOf(status: string): readonly InvocationState[] {
  return [...LIVE_STATES, ...FINAL_STATES].filter((state) => invocationStatus(state) === status);
}

export function commandStatus(state: CommandState): CommandStatus {
  switch (state) {
    case 'ExecutionTimedOut':
    case 'DeliveryTimedOut':
      return 'TimedOut';
    case 'Incomplete':
    case 'NoInstancesInTag':
    case 'AccessDenied':
      return 'Failed';
    default:
      return state;
  }
}

export const COMMAND_STATES: readonly CommandState[] = [
  'Pending',
  'InProgress',
  'Cancelling',
  'Success',
  'Failed',
  'ExecutionTimedOut',
  'DeliveryTimedOut',
  'Incomplete',
  'Cancelled',
  'NoInstancesInTag',
  'AccessDenied',
];

export function commandStatesOf(status: string): readonly CommandState[] {
  return COMMAND_STATES.filter((state) => commandStatus(state) === status);
}

export function isCommandFinal(state: CommandState): boolean {
  return state !== 'Pending' && state !== 'InProgress' && state !== 'Cancelling';
}

export const FINAL_STATES: readonly FinalState[] = [
  'Success',
  'Failed',
  'ExecutionTimedOut',
  'DeliveryTimedOut',
  'Cancelled',
  'Terminated',
  'Undeliverable',
  'InvalidPlatform',
  'AccessDenied',
];

/** How many invocations of a command are in each group of states. */
export interface Counts {
  readonly pending: number;
  readonly inFlight: number;
  readonly success: number;
  readonly failed: number;
  readonly executionTimedOut: number;
  readonly deliveryTimedOut: number;
  readonly cancelled: number;
  readonly terminated: number;
  /** Undeliverable, InvalidPlatform and AccessDenied together: they count neither as errors nor against success. */
  readonly unreached: number;
}

export type CountName = keyof Counts;

export const NO_COUNTS: Counts = {
  pending: 0,
  inFlight: 0,
  success: 0,
  failed: 0,
  executionTimedOut: 0,
  deliveryTimedOut: 0,
  cancelled: 0,
  terminated: 0,
  unreached: 0,
};

export function countOf(state: InvocationState): CountName {
  switch (state) {
    case 'Pending':
      return 'pending';
    case 'Delayed':
    case 'InProgress':
    case 'Cancelling':
      return 'inFlight';
    case 'Success':
      return 'success';
    case 'Failed':
      return 'failed';
    case 'ExecutionTimedOut':
      return 'executionTimedOut';
    case 'DeliveryTimedOut':
      return 'deliveryTimedOut';
    case 'Cancelled':
      return 'cancelled';
    case 'Terminated':
      return 'terminated';
    default:
      return 'unreached';
  }
}

export function completedCount(counts: Counts): number {
  return totalCount(counts) - counts.pending - counts.inFlight;
}

/** What MaxErrors is compared with, and `ErrorCount` on the wire. */
export function errorCount(counts: Counts): number {
  return counts.failed + counts.executionTimedOut;
}

export function totalCount(counts: Counts): number {
  return Object.values(counts).reduce((sum: number, count: number) => sum + count, 0);
}

/** Changes to a command's counters, gathered over one unit of work. */
export class CountChanges {
  readonly #changes = new Map<CountName, number>();

  add(state: InvocationState, by: number): void {
    const name = countOf(state);
    this.#changes.set(name, (this.#changes.get(name) ?? 0) + by);
  }

  move(from: InvocationState, to: InvocationState, count = 1): void {
    this.add(from, -count);
    this.add(to, count);
  }

  /** Only what really changed. */
  entries(): readonly (readonly [CountName, number])[] {
    return [...this.#changes].filter(([, by]) => by !== 0);
  }
}
