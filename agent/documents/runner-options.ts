// What jobs run with: the parts of the agent that a runner, its steps and the documents inside of them reach.
import type { NodeApi } from '../access/node-api.ts';
import type { ContentAccess } from '../content/content-access.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../machine/clock.ts';
import type { MachineFacts } from '../machine/facts.ts';
import type { Ids } from '../machine/ids.ts';
import type { Log } from '../machine/log.ts';
import type { Rebooter } from '../machine/reboot.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { OutputStreams } from '../output-stream/output-streams.ts';
import type { PackageAccess } from '../packages/package-access.ts';
import type { Plugin } from '../plugins/plugin.ts';
import type { StepSupervisor } from '../supervision/step-supervisor.ts';
import type { NodePolicy } from './node-policy.ts';

export interface RunnerOptions {
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly plugins: ReadonlyMap<string, Plugin>;
  readonly supervisor: StepSupervisor;
  readonly rebooter: Rebooter;
  readonly policy: NodePolicy;
  readonly facts: MachineFacts;
  readonly content: ContentAccess;
  readonly packages: PackageAccess;
  readonly api: NodeApi;
  /** Live output; absent in tests that have no channel. */
  readonly output?: OutputStreams;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** `DIR/document/orchestration`. */
  readonly orchestrationDir: string;
  readonly workingDirectory: string;
  /** Of every script. */
  readonly environment: Readonly<Record<string, string>>;
  /** The agent stops: scripts go on, the runner does not. */
  readonly signal: AbortSignal;
}
