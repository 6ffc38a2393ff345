// The `Filters` of ListCommands and ListCommandInvocations. Pure: what the API gives -> what the store takes.
import {
  COMMAND_STATES,
  type CommandState,
  commandStatesOf,
  FINAL_STATES,
  type InvocationState,
  invocationStatesOf,
  isCommandFinal,
  LIVE_STATES,
} from '../command.ts';
import type { CommandFilter, InvocationFilter } from './history.ts';

interface GivenFilter {
  readonly key: string;
  readonly value: string;
}

type Fail = (code: 'InvalidFilterKey' | 'ValidationException', message: string) => never;

/** `Status` takes a Status or a StatusDetails; `ExecutionStage` is Executing or Complete. */
export function commandFilter(filters: readonly GivenFilter[], fail: Fail): CommandFilter {
  return shared(filters, fail, {
    Status: (value) => states(value, [...commandStatesOf(value), ...COMMAND_STATES.filter((state) => state === value)], fail),
    ExecutionStage: (value) => COMMAND_STATES.filter((state) => isCommandFinal(state) === isComplete(value, fail)),
  });
}

export function invocationFilter(filters: readonly GivenFilter[], fail: Fail): InvocationFilter {
  const all: InvocationState[] = [...LIVE_STATES, ...FINAL_STATES];
  return shared(filters, fail, {
    Status: (value) => states(value, [...invocationStatesOf(value), ...all.filter((state) => state === value)], fail),
    ExecutionStage: (value) => (isComplete(value, fail) ? FINAL_STATES : LIVE_STATES),
  });
}

function shared<State extends CommandState | InvocationState>(
  filters: readonly GivenFilter[],
  fail: Fail,
  byState: Readonly<Record<'Status' | 'ExecutionStage', (value: string) => readonly State[]>>,
): { states?: readonly State[]; documentName?: string; afterMs?: number; beforeMs?: number } {
  const result: { states?: readonly State[]; documentName?: string; afterMs?: number; beforeMs?: number } = {};
  const seen = new Set<string>();
  for (const { key, value } of filters) {
    if (seen.has(key)) fail('InvalidFilterKey', '');
    seen.add(key);
    if (key === 'Status' || key === 'ExecutionStage') {
      const these = byState[key](value);
      result.states = result.states?.filter((state) => these.includes(state)) ?? these;
    } else if (key === 'DocumentName') result.documentName = value;
    else if (key === 'InvokedAfter') result.afterMs = time(key, value, fail);
    else if (key === 'InvokedBefore') result.beforeMs = time(key, value, fail);
    else fail('InvalidFilterKey', '');
  }
  return result;
}

function states<State>(value: string, found: readonly State[], fail: Fail): readonly State[] {
  return found.length > 0
    ? found
    : fail(
        'ValidationException',
        `Status: '${value}' is no status of a command. Use Pending, InProgress, Success, Cancelled, Failed, TimedOut or Cancelling.`,
      );
}

function isComplete(value: string, fail: Fail): boolean {
  if (value === 'Complete') return true;
  return value === 'Executing'
    ? false
    : fail('ValidationException', `ExecutionStage: '${value}' is neither Executing nor Complete.`);
}

function time(key: string, value: string, fail: Fail): number {
  const ms = Date.parse(value);
  return Number.isNaN(ms)
    ? fail('ValidationException', `${key}: '${value}' is not a timestamp such as 2026-07-07T00:00:00Z.`)
    : ms;
}
