// Rows of Run Command for the tests of its stores: every column filled, numbered, and changed where a test needs it.
import { scopeOf, testScope } from '@muster/testkit/request-context.ts';
import type { CommandId, NodeId, Scope } from '../platform/ids.ts';
import type { Database, Tx } from '../platform/store/index.ts';
import { justMade } from './sending/new-command.ts';
import type { CommandKey } from './command.ts';
import type { CommandRow, InvocationRow, StepRow } from './tables.ts';

export const MINUTE = 60_000;
export const elsewhere = scopeOf('123456789012', 'eu-central-1');
export const commandOf = (n: number): string => `ecf18122-5192-40cf-9ab5-${String(n).padStart(12, '0')}`;
export const nodeOf = (n: number): NodeId => `mi-${String(n).padStart(17, '0')}` as NodeId;
export const keyOf = (n: number, scope: Scope = testScope): CommandKey => ({ ...scope, commandId: commandOf(n) as CommandId });

export function command(n: number, change: Partial<CommandRow> = {}): CommandRow {
  return {
    ...testScope,
    command_id: commandOf(n),
    document_name: 'AWS-RunShellScript',
    document_version: '$DEFAULT',
    document_hash: 'hash',
    comment: 'né "à" 日本',
    parameters: '{}',
    agent_parameters: '{}',
    instance_ids: '[]',
    targets: '[]',
    requested_at: n * MINUTE,
    expires_at: 1_900_000_000_000,
    timeout_seconds: 3_600,
    max_concurrency: '50',
    max_errors: '0',
    requested_by: '{}',
    ...justMade(new Date(0)),
    state: 'InProgress',
    resolved: 1,
    due_at: null,
    ...change,
  };
}

export function invocation(n: number, node: number, change: Partial<InvocationRow> = {}): InvocationRow {
  return {
    ...testScope,
    command_id: commandOf(n),
    node_id: nodeOf(node),
    state: 'Pending',
    computer_name: `host-${node}`,
    platform_type: 'Linux',
    document_name: 'AWS-RunShellScript',
    requested_at: n * MINUTE,
    dispatched_at: null,
    delivered_at: null,
    finished_at: null,
    trace: '',
    final_epoch: 0,
    cancelled_by: null,
    change_seq: 0,
    streamed: 0,
    ...change,
  };
}

export function step(n: number, node: number, name: string, change: Partial<StepRow> = {}): StepRow {
  return {
    ...testScope,
    command_id: commandOf(n),
    node_id: nodeOf(node),
    step_name: name,
    plugin: 'aws:runShellScript',
    status: 'InProgress',
    code: -1,
    started_at: 1_900_000_000_000,
    ended_at: null,
    output: 'out',
    stdout: 'a',
    stderr: 'b',
    output_hash: null,
    change_seq: 0,
    ...change,
  };
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
export const write = <R>(database: Database, work: (tx: Tx) => Promise<R>): Promise<R> => database.write('test', work);
