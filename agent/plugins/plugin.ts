// What a document action is: one file each in this folder, a default export of this shape. Plugins hold no state; everything external
// comes with the context.
import type { SsmDocument } from '@muster/protocol/document.ts';
import type { NodeApi } from '../access/node-api.ts';
import type { ContentAccess } from '../content/content-access.ts';
import type { VariableSyntax } from '../documents/substitution.ts';
import type { PluginOutcome } from '../documents/result.ts';
import type { Clock } from '../machine/clock.ts';
import type { PlatformType } from '../machine/facts.ts';
import type { PackageAccess } from '../packages/package-access.ts';
import type { RunEnd, RunRequest } from '../supervision/step-supervisor.ts';

export interface PluginContext {
  readonly platform: PlatformType;
  /** Where this step keeps its files; made by the plugin. */
  readonly directory: string;
  /** Where relative destinations of downloads lie: one for each document of the command. */
  readonly downloadsDirectory: string;
  /** Which run of the step this is: 1, and one more after each restart of the machine that the step asked for. */
  readonly run: number;
  /** How many documents this step's document is inside of. */
  readonly depth: number;
  /** Where a script starts that does not say where. */
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Starts it, or attaches to it if it was started before; knows when it belongs to an earlier boot. */
  supervise(request: RunRequest): Promise<RunEnd>;
  readonly content: ContentAccess;
  readonly packages: PackageAccess;
  /** The server's API as the node itself. */
  readonly api: NodeApi;
  readonly clock: Clock;
  /** The agent stops: what the plugin has begun, the next agent asks for again. */
  readonly signal: AbortSignal;
  /** Runs another document's steps inside this step; `name` is undefined for a file. Repeatable: what has begun is attached to. */
  runInner(
    name: string | undefined,
    document: SsmDocument,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<PluginOutcome>;
}

export interface Plugin {
  readonly action: string;
  readonly platforms: readonly PlatformType[];
  /** How its scripts write an environment variable. */
  readonly variableSyntax: VariableSyntax;
  /** `inputs` with the parameters filled in. Repeatable: the same step asked again attaches, and never runs a script twice. */
  run(inputs: Readonly<Record<string, unknown>>, context: PluginContext): Promise<PluginOutcome>;
}
