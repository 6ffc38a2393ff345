// What happens to a command while it is followed, as a reporter is told: for people in text-report.ts, for programs in json-report.ts.
import type { CommandProgress, InvocationGroup } from './command-api.ts';
import type { OutputLine } from './output-lines.ts';

export interface ReportedState {
  readonly instanceId: string;
  readonly computerName: string | undefined;
  readonly statusDetails: string;
  readonly responseCode: number | undefined;
}

export interface ReportedGroup extends InvocationGroup {
  /** Where the document has several. */
  readonly step: string | undefined;
  /** Whole, where it could be read whole. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandReport {
  sent(commandId: string, documentName: string): void;
  progress(command: CommandProgress): void;
  state(state: ReportedState): void;
  output(line: OutputLine, computerName: string | undefined): void;
  gap(gap: Omit<OutputLine, 'text' | 'ended'> & { readonly missingBytes: number }): void;
  /** From now on lines are not shown as they come. */
  quiet(targetCount: number): void;
  group(group: ReportedGroup, names: readonly (string | undefined)[]): void;
  /** For the person who looks on. */
  notice(text: string): void;
  ended(command: CommandProgress, exitCode: number): void;
  /** Waits until what was reported is written. */
  settle(): Promise<void>;
  readonly stopped: AbortSignal;
}
