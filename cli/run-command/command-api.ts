// The calls about commands that the command line makes: AWS's of `ssm`, and those of `Muster.*` (their model is
// server/platform/api/models/muster/run-command.model.ts). Only what is read of an answer is declared.
import type { AwsClient, ReadOptions } from '../aws-client.ts';

export interface Target {
  readonly Key: string;
  readonly Values: readonly string[];
}

/** What SendCommand and PreviewCommand have in common. */
export interface CommandRequest {
  readonly DocumentName: string;
  readonly DocumentVersion?: string;
  readonly Parameters?: Readonly<Record<string, readonly string[]>>;
  readonly InstanceIds?: readonly string[];
  readonly Targets?: readonly Target[];
  readonly MaxConcurrency?: string;
  readonly MaxErrors?: string;
}

export interface SendRequest extends CommandRequest {
  readonly Comment?: string;
  readonly TimeoutSeconds?: number;
}

export interface CommandCounts {
  readonly Pending?: number;
  readonly InFlight?: number;
  readonly Success?: number;
  readonly Failed?: number;
  readonly ExecutionTimedOut?: number;
  readonly DeliveryTimedOut?: number;
  readonly Cancelled?: number;
  readonly Terminated?: number;
  readonly Unreached?: number;
}

export interface CommandProgress {
  readonly CommandId: string;
  readonly DocumentName?: string;
  readonly Comment?: string;
  readonly Status: string;
  readonly StatusDetails: string;
  readonly Paused?: boolean;
  readonly PausedReason?: string;
  readonly PausedBy?: string;
  readonly PausedDateTime?: number;
  readonly RequestedDateTime?: number;
  readonly ExpiresAfter?: number;
  readonly FinishedDateTime?: number;
  readonly MaxConcurrency?: string;
  readonly MaxErrors?: string;
  readonly TargetsResolved?: boolean;
  readonly TargetCount?: number;
  readonly Counts?: CommandCounts;
  readonly RerunOf?: string;
  readonly Holding?: string;
}

export interface WatchEvent {
  readonly InstanceId: string;
  readonly ComputerName?: string;
  readonly StatusDetails?: string;
  readonly ResponseCode?: number;
  readonly StepName?: string;
  readonly Stream?: 'stdout' | 'stderr';
  readonly Offset?: number;
  /** Base64. */
  readonly Data?: string;
}

export interface WatchPage {
  readonly Command: CommandProgress;
  readonly Events?: readonly WatchEvent[];
  readonly Cursor?: string;
  readonly Final?: boolean;
}

export interface InvocationGroup {
  readonly Count: number;
  readonly Status: string;
  readonly StatusDetails: string;
  readonly ResponseCode?: number;
  readonly OutputSha256?: string;
  readonly StandardOutput?: string;
  readonly StandardError?: string;
  readonly InstanceIds: readonly string[];
}

export interface Preview {
  readonly TargetCount?: number;
  readonly Outcomes?: readonly { readonly Outcome: string; readonly Count: number }[];
  readonly Concurrency?: number;
  readonly Waves?: number;
  readonly ErrorTolerance?: number;
  readonly StopsWhen?: string;
  readonly Warnings?: readonly string[];
  readonly Nodes?: readonly PreviewNode[];
  readonly NextToken?: string;
}

export interface PreviewNode {
  readonly InstanceId: string;
  readonly ComputerName?: string;
  readonly PlatformType?: string;
  readonly Outcome?: string;
  readonly Reason?: string;
  readonly Wave?: number;
}

export interface InvocationStep {
  readonly StepName: string;
  readonly Plugin?: string;
  readonly StatusDetails?: string;
  readonly ResponseCode?: number;
}

export interface OutputPage {
  readonly Offset?: number;
  /** Base64. */
  readonly Data?: string;
  readonly NextOffset?: number;
  readonly Gap?: string;
  readonly Complete?: boolean;
  readonly Whole?: boolean;
}

export interface OutputQuery {
  readonly CommandId: string;
  readonly InstanceId: string;
  readonly StepName?: string | undefined;
  readonly Stream: 'stdout' | 'stderr';
  readonly Offset: number;
  readonly MaxBytes: number;
}

export interface Explanation {
  readonly Verdict?: string;
  readonly Summary?: string;
  readonly Reasons?: readonly string[];
}

export interface ListedCommand {
  readonly CommandId: string;
  readonly DocumentName?: string;
  readonly Comment?: string;
  readonly StatusDetails?: string;
  readonly RequestedDateTime?: number;
  readonly TargetCount?: number;
  readonly CompletedCount?: number;
  readonly ErrorCount?: number;
}

export interface RerunRequest {
  readonly CommandId: string;
  readonly StatusDetails?: readonly string[];
  readonly InstanceIds?: readonly string[];
  readonly MaxConcurrency?: string;
  readonly MaxErrors?: string;
  readonly Comment?: string;
}

/** Undefined members are left out, so that options can be passed on as they were read. */
type Changes = Readonly<Record<string, string | undefined>>;

export class CommandApi {
  readonly #client: AwsClient;

  constructor(client: AwsClient) {
    this.#client = client;
  }

  async send(request: SendRequest): Promise<{ readonly CommandId: string; readonly DocumentName: string }> {
    const answer = await this.#client.write('ssm', 'AmazonSSM.SendCommand', { ...request });
    return answer['Command'] as { CommandId: string; DocumentName: string };
  }

  async cancel(CommandId: string, InstanceIds: readonly string[] = []): Promise<void> {
    const some = InstanceIds.length === 0 ? {} : { InstanceIds };
    await this.#client.write('ssm', 'AmazonSSM.CancelCommand', { CommandId, ...some });
  }

  async list(NextToken: string | undefined): Promise<{ Commands?: readonly ListedCommand[]; NextToken?: string }> {
    return this.#client.read('ssm', 'AmazonSSM.ListCommands', { MaxResults: 50, NextToken });
  }

  async preview(request: CommandRequest, page: { MaxResults?: number; NextToken?: string | undefined } = {}): Promise<Preview> {
    return this.#read('PreviewCommand', { ...request, ...page });
  }

  async describe(CommandId: string, options?: ReadOptions): Promise<CommandProgress> {
    return (await this.#read<{ Command: CommandProgress }>('DescribeCommand', { CommandId }, options)).Command;
  }

  async pause(CommandId: string, Reason: string | undefined): Promise<CommandProgress> {
    return this.#change('PauseCommand', { CommandId, Reason });
  }

  async resume(CommandId: string): Promise<CommandProgress> {
    return this.#change('ResumeCommand', { CommandId });
  }

  async update(change: Changes): Promise<CommandProgress> {
    return this.#change('UpdateCommand', change);
  }

  async rerun(request: RerunRequest): Promise<CommandProgress> {
    return this.#change('RerunCommand', { ...request });
  }

  async explain(CommandId: string, InstanceId: string): Promise<Explanation> {
    return this.#read('ExplainInvocation', { CommandId, InstanceId });
  }

  async groups(
    CommandId: string,
    StepName: string | undefined,
    NextToken: string | undefined,
    options?: ReadOptions,
  ): Promise<{ Groups?: readonly InvocationGroup[]; NextToken?: string }> {
    return this.#read('ListInvocationGroups', { CommandId, StepName, NextToken, MaxResults: 50 }, options);
  }

  async steps(CommandId: string, InstanceId: string): Promise<readonly InvocationStep[]> {
    return (await this.#read<{ Steps?: InvocationStep[] }>('ListInvocationSteps', { CommandId, InstanceId })).Steps ?? [];
  }

  /** One of the nodes that the command was meant for. */
  async someNode(CommandId: string): Promise<string | undefined> {
    const answer = await this.#client.read('ssm', 'AmazonSSM.ListCommandInvocations', { CommandId, MaxResults: 1 });
    return (answer['CommandInvocations'] as readonly { InstanceId: string }[] | undefined)?.[0]?.InstanceId;
  }

  async output(query: OutputQuery, options?: ReadOptions): Promise<OutputPage> {
    return this.#read('GetCommandOutput', { ...query }, options);
  }

  async watch(
    input: { CommandId: string; Cursor: string | undefined; InstanceIds?: readonly string[] | undefined; WaitSeconds: number },
    options: ReadOptions = {},
  ): Promise<WatchPage> {
    return this.#read('WatchCommand', input, { ...options, waitSeconds: input.WaitSeconds });
  }

  async #read<Answer>(operation: string, input: Readonly<Record<string, unknown>>, options?: ReadOptions): Promise<Answer> {
    return (await this.#client.read('muster', `Muster.${operation}`, input, options)) as Answer;
  }

  async #change(operation: string, input: Readonly<Record<string, unknown>>): Promise<CommandProgress> {
    return (await this.#client.write('muster', `Muster.${operation}`, input))['Command'] as CommandProgress;
  }
}
