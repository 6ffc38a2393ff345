// What Run Command works with: its collaborators, all handed in by the composition root.
import type { NodeDirectory } from '../nodes/index.ts';
import type { DocumentLibrary } from '../documents/index.ts';
import type { Authorizer } from '../platform/access/authenticator.ts';
import type { Blobs } from '../platform/blobs/blobs.ts';
import type { Bus } from '../platform/bus/bus.ts';
import type { Mailbox, Presence } from '../platform/channels/ports.ts';
import type { Ids } from '../platform/ids.ts';
import type { Outbox } from '../platform/outbox/outbox.ts';
import type { Wakeups } from '../platform/reconcile/reconciler.ts';
import type { Database, PageTokens } from '../platform/store/index.ts';
import type { Logger } from '../platform/telemetry/log.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { ParameterSource } from './sending/parameter-references.ts';
import type { PlanSettings } from './plan.ts';
import type { CommandKey } from './command.ts';
import type { CommandId, AccountId, Region, Scope } from '../platform/ids.ts';

export interface RunCommandSettings extends PlanSettings {}

/** Filled by the owner of alarms in the composition root. */
export interface AlarmStates {
  /** Undefined, or a rejection: the state cannot be read. Asked before each chunk that is sent, so it must not take long. */
  stateOf(scope: Scope, name: string): Promise<'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | undefined>;
}

export interface RunCommand {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly documents: DocumentLibrary;
  readonly nodes: NodeDirectory;
  readonly authorizer: Authorizer;
  /** Absent where nobody composed Parameter Store: references are then refused. */
  readonly parameters?: ParameterSource;
  /** Absent until there are alarms: AlarmConfiguration is then refused. */
  readonly alarms?: AlarmStates;
  readonly mailbox: Mailbox;
  readonly presence: Presence;
  readonly outbox: Outbox;
  readonly bus: Bus;
  readonly blobs: Blobs;
  readonly wakeups: Wakeups;
  readonly pageTokens: PageTokens;
  readonly settings: RunCommandSettings;
}

/** The name of the dispatcher's reconciler and lease. */
export const DISPATCHER = 'run-command';

export function wakeKey(key: CommandKey): string {
  return `${key.account}/${key.region}/${key.commandId}`;
}

export function parseWakeKey(text: string): CommandKey {
  const [account, region, commandId] = text.split('/');
  return { account: account as AccountId, region: region as Region, commandId: commandId as CommandId };
}
