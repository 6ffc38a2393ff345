// What an agent tells about a document it runs: the content of `agent_job_reply` and of the MDS `SendReply` payload.

/** Status of a step or of a document as agents spell it. */
export type AgentStatus =
  | 'NotStarted'
  | 'InProgress'
  | 'Success'
  | 'SuccessAndReboot'
  | 'PassedAndReboot'
  | 'Failed'
  | 'Cancelled'
  | 'TimedOut'
  | 'Skipped'
  | 'TestFailure'
  | 'TestPass';

export interface AgentStepResult {
  readonly status: AgentStatus;
  readonly code: number;
  /** The plugin: `aws:runShellScript`. */
  readonly name: string;
  /** At most 2,500 characters: stdout, a separator, stderr. */
  readonly output: string;
  /** RFC 3339, UTC; may be the zero time `0001-01-01T00:00:00Z` when the step did not start. */
  readonly startDateTime: string;
  readonly endDateTime: string;
  readonly outputS3BucketName: string;
  readonly outputS3KeyPrefix: string;
  /** Filled for schema 2.x. */
  readonly stepName: string;
  /** At most 24,000 characters each. */
  readonly standardOutput: string;
  readonly standardError: string;
}

export interface AgentReply {
  readonly additionalInfo: {
    readonly agent: {
      readonly lang: string;
      readonly name: string;
      readonly os: string;
      readonly osver: string;
      readonly ver: string;
    };
    readonly dateTime: string;
    readonly runId: string;
    readonly runtimeStatusCounts: Readonly<Record<string, number>> | null;
    readonly ableToOpenMGSConnection?: boolean;
  };
  readonly documentStatus: AgentStatus;
  readonly documentTraceOutput: string;
  /** Key: step name in 2.x documents, plugin name in 1.x. Null in the first reply. */
  readonly runtimeStatus: Readonly<Record<string, AgentStepResult>> | null;
}
