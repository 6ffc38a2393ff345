// Service `muster`, Run Command: what an operator does with a command beyond AWS's operations. Preview it, pause, resume, change and
// rerun it while it runs, watch its output, and see its results grouped. Documented in server/run-command/README.md.
import type { ServiceModel, ShapeModel, ShapeRef } from '../service-model.ts';

const member = (shape: string): ShapeRef => ({ shape });
const structure = (members: Readonly<Record<string, string>>, required: readonly string[] = []): ShapeModel => ({
  type: 'structure',
  required,
  members: Object.fromEntries(Object.entries(members).map(([name, shape]) => [name, member(shape)])),
});
const list = (shape: string, max?: number): ShapeModel => ({
  type: 'list',
  member: member(shape),
  ...(max === undefined ? {} : { max }),
});
const error: ShapeModel = structure({ Message: 'Text' });
const exception: ShapeModel = { ...error, exception: true };
const call = (input: string, output: string, errors: readonly string[] = []) => ({
  method: 'POST',
  uri: '/',
  input,
  output,
  errors,
});

/** Targets and limits are those of SendCommand; the handlers check them with the same code. */
export const musterRunCommandModel: Pick<ServiceModel, 'operations' | 'shapes'> = {
  operations: {
    PreviewCommand: call('PreviewCommandRequest', 'PreviewCommandResult', [
      'InvalidDocument',
      'InvalidDocumentVersion',
      'InvalidInstanceId',
      'DuplicateInstanceId',
      'InvalidParameters',
      'UnsupportedPlatformType',
      'MaxDocumentSizeExceeded',
      'InvalidNextToken',
    ]),
    DescribeCommand: call('CommandReference', 'DescribeCommandResult', ['InvalidCommandId']),
    PauseCommand: call('PauseCommandRequest', 'DescribeCommandResult', ['InvalidCommandId', 'CommandEnded']),
    ResumeCommand: call('CommandReference', 'DescribeCommandResult', ['InvalidCommandId', 'CommandEnded']),
    UpdateCommand: call('UpdateCommandRequest', 'DescribeCommandResult', ['InvalidCommandId', 'CommandEnded']),
    RerunCommand: call('RerunCommandRequest', 'RerunCommandResult', ['InvalidCommandId', 'InvalidInstanceId', 'NothingToRerun']),
    ExplainInvocation: call('InvocationReference', 'ExplainInvocationResult', ['InvalidCommandId', 'InvalidInstanceId']),
    ListInvocationGroups: call('ListInvocationGroupsRequest', 'ListInvocationGroupsResult', [
      'InvalidCommandId',
      'InvalidPluginName',
      'InvalidNextToken',
    ]),
    ListInvocationSteps: call('InvocationReference', 'ListInvocationStepsResult', ['InvalidCommandId', 'InvocationDoesNotExist']),
    GetCommandOutput: call('GetCommandOutputRequest', 'GetCommandOutputResult', [
      'InvalidCommandId',
      'InvocationDoesNotExist',
      'InvalidPluginName',
    ]),
    WatchCommand: call('WatchCommandRequest', 'WatchCommandResult', ['InvalidCommandId', 'InvalidCursor']),
  },
  shapes: {
    Text: { type: 'string', max: 4096 },
    LongText: { type: 'string' },
    Count: { type: 'integer' },
    Bytes: { type: 'long', min: 0 },
    Flag: { type: 'boolean' },
    Time: { type: 'timestamp' },
    CommandId: { type: 'string', min: 36, max: 36 },
    NodeId: { type: 'string', pattern: '(^i-(\\w{8}|\\w{17})$)|(^mi-\\w{17}$)' },
    NodeIds: list('NodeId', 50),
    StepName: { type: 'string', min: 1, max: 128 },
    StreamName: { type: 'string', enum: ['stdout', 'stderr'] },
    DocumentNameOrArn: { type: 'string', min: 1, max: 512, pattern: '^[a-zA-Z0-9_\\-.:/]{3,512}$' },
    DocumentVersionText: { type: 'string', pattern: '([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)' },
    ParameterName: { type: 'string', min: 1, max: 255 },
    ParameterValues: list('LongText'),
    /** Sensitive, as SendCommand's: people write passwords into commands. */
    ParameterMap: { type: 'map', key: member('ParameterName'), value: member('ParameterValues'), sensitive: true },
    TargetKey: { type: 'string', min: 1, max: 163 },
    TargetValues: list('LongText', 50),
    TargetList: list('CommandTarget', 5),
    CommandTarget: structure({ Key: 'TargetKey', Values: 'TargetValues' }),
    RateText: { type: 'string', min: 1, max: 7, pattern: '^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$' },
    ErrorRateText: { type: 'string', min: 1, max: 7, pattern: '^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$' },
    PageSize: { type: 'integer', min: 1, max: 50 },
    Token: { type: 'string', max: 4096 },
    /** Long polls answer early when there is something to tell. */
    WaitSeconds: { type: 'integer', min: 0, max: 20 },

    CommandReference: structure({ CommandId: 'CommandId' }, ['CommandId']),
    InvocationReference: structure({ CommandId: 'CommandId', InstanceId: 'NodeId' }, ['CommandId', 'InstanceId']),

    PreviewCommandRequest: structure(
      {
        DocumentName: 'DocumentNameOrArn',
        DocumentVersion: 'DocumentVersionText',
        Parameters: 'ParameterMap',
        InstanceIds: 'NodeIds',
        Targets: 'TargetList',
        MaxConcurrency: 'RateText',
        MaxErrors: 'ErrorRateText',
        MaxResults: 'PageSize',
        NextToken: 'Token',
      },
      ['DocumentName'],
    ),
    /** Counted by walking the targets page by page; the nodes themselves come in pages. */
    PreviewCommandResult: structure({
      TargetCount: 'Count',
      Outcomes: 'PreviewOutcomeList',
      Concurrency: 'Count',
      Waves: 'Count',
      /** Errors above this stop the command. */
      ErrorTolerance: 'Count',
      StopsWhen: 'Text',
      Warnings: 'TextList',
      Nodes: 'PreviewNodeList',
      NextToken: 'Token',
    }),
    TextList: list('Text'),
    PreviewOutcomeList: list('PreviewOutcome'),
    PreviewOutcome: structure({ Outcome: 'PreviewOutcomeName', Count: 'Count' }),
    /** Run: at once. Delayed: when it connects. The others never. */
    PreviewOutcomeName: { type: 'string', enum: ['Run', 'Delayed', 'InvalidPlatform', 'AccessDenied'] },
    PreviewNodeList: list('PreviewNode'),
    PreviewNode: structure({
      InstanceId: 'NodeId',
      ComputerName: 'Text',
      PlatformType: 'Text',
      Outcome: 'PreviewOutcomeName',
      Reason: 'Text',
      /** 1 for those that start at once; absent for those that never start. */
      Wave: 'Count',
    }),

    DescribeCommandResult: structure({ Command: 'CommandProgress' }),
    CommandProgress: structure({
      CommandId: 'CommandId',
      DocumentName: 'Text',
      Comment: 'Text',
      Status: 'Text',
      StatusDetails: 'Text',
      Paused: 'Flag',
      /** Who paused it, when and why: of the last pause, also after it went on. */
      PausedReason: 'Text',
      PausedBy: 'Text',
      PausedDateTime: 'Time',
      RequestedDateTime: 'Time',
      ExpiresAfter: 'Time',
      FinishedDateTime: 'Time',
      MaxConcurrency: 'RateText',
      MaxErrors: 'ErrorRateText',
      /** False while targets are still being found: TargetCount may grow. */
      TargetsResolved: 'Flag',
      TargetCount: 'Count',
      /** Invocations by StatusDetails-like groups. */
      Counts: 'CommandCounts',
      /** The command that this one reruns a part of. */
      RerunOf: 'CommandId',
      /** Why nothing more is started, in words; absent when nothing holds it. */
      Holding: 'Text',
    }),
    CommandCounts: structure({
      Pending: 'Count',
      InFlight: 'Count',
      Success: 'Count',
      Failed: 'Count',
      ExecutionTimedOut: 'Count',
      DeliveryTimedOut: 'Count',
      Cancelled: 'Count',
      Terminated: 'Count',
      Unreached: 'Count',
    }),
    PauseCommandRequest: structure({ CommandId: 'CommandId', Reason: 'PauseReason' }, ['CommandId']),
    PauseReason: { type: 'string', max: 256 },
    UpdateCommandRequest: structure({ CommandId: 'CommandId', MaxConcurrency: 'RateText', MaxErrors: 'ErrorRateText' }, [
      'CommandId',
    ]),
    RerunCommandRequest: structure(
      {
        CommandId: 'CommandId',
        /** StatusDetails of the invocations to run again. Default: all final ones but Success; with InstanceIds: all final ones. */
        StatusDetails: 'RerunStates',
        /** These only. Each must have ended. */
        InstanceIds: 'NodeIds',
        MaxConcurrency: 'RateText',
        MaxErrors: 'ErrorRateText',
        Comment: 'CommentText',
      },
      ['CommandId'],
    ),
    CommentText: { type: 'string', max: 100 },
    RerunStates: list('RerunState', 9),
    RerunState: {
      type: 'string',
      enum: [
        'Success',
        'Failed',
        'ExecutionTimedOut',
        'DeliveryTimedOut',
        'Cancelled',
        'Terminated',
        'Undeliverable',
        'InvalidPlatform',
        'AccessDenied',
      ],
    },
    /** The new command: a final state never changes, so what runs again is a command of its own. */
    RerunCommandResult: structure({ Command: 'CommandProgress' }),

    ExplainInvocationResult: structure({
      /** `NotTargeted` when the command has no invocation on the node; else its StatusDetails. */
      Verdict: 'Text',
      /** One sentence for an operator at night. */
      Summary: 'Text',
      Reasons: 'TextList',
    }),

    ListInvocationGroupsRequest: structure(
      { CommandId: 'CommandId', StepName: 'StepName', MaxResults: 'PageSize', NextToken: 'Token' },
      ['CommandId'],
    ),
    ListInvocationGroupsResult: structure({ Groups: 'InvocationGroupList', NextToken: 'Token' }),
    InvocationGroupList: list('InvocationGroup'),
    /** Nodes whose status, exit code and whole output are the same. Largest first. */
    InvocationGroup: structure({
      Count: 'Count',
      Status: 'Text',
      StatusDetails: 'Text',
      ResponseCode: 'Count',
      /** Of stdout and stderr together; hex SHA-256. Absent before a step has reported. */
      OutputSha256: 'Text',
      /** Of one node of the group: at most 2,500 characters of each. */
      StandardOutput: 'LongText',
      StandardError: 'LongText',
      /** The first ten by id. */
      InstanceIds: 'NodeIds',
    }),

    ListInvocationStepsResult: structure({ Steps: 'InvocationStepList' }),
    InvocationStepList: list('InvocationStep'),
    InvocationStep: structure({
      StepName: 'StepName',
      Plugin: 'Text',
      Status: 'Text',
      StatusDetails: 'Text',
      ResponseCode: 'Count',
      StartDateTime: 'Time',
      FinishDateTime: 'Time',
      /** Bytes that GetCommandOutput can give. */
      StandardOutputBytes: 'Bytes',
      StandardErrorBytes: 'Bytes',
    }),

    GetCommandOutputRequest: structure(
      {
        CommandId: 'CommandId',
        InstanceId: 'NodeId',
        StepName: 'StepName',
        Stream: 'StreamName',
        Offset: 'Bytes',
        MaxBytes: 'OutputPageBytes',
        WaitSeconds: 'WaitSeconds',
      },
      ['CommandId', 'InstanceId'],
    ),
    OutputPageBytes: { type: 'integer', min: 1, max: 262_144 },
    GetCommandOutputResult: structure({
      StepName: 'StepName',
      Stream: 'StreamName',
      Offset: 'Bytes',
      Data: 'OutputBytes',
      /** Ask again from here. Greater than Offset plus the length of Data where bytes were left out (see Gap). */
      NextOffset: 'Bytes',
      /** Said in words where the middle of an output was not kept: how many bytes, and why. */
      Gap: 'Text',
      /** True when the step has ended and everything that is kept was given. */
      Complete: 'Flag',
      /** False when only what AWS keeps is there: the node's agent does not stream. Then 24,000 characters of each stream. */
      Whole: 'Flag',
      TotalBytes: 'Bytes',
    }),
    OutputBytes: { type: 'blob' },

    WatchCommandRequest: structure(
      { CommandId: 'CommandId', Cursor: 'Token', InstanceIds: 'NodeIds', WaitSeconds: 'WaitSeconds', MaxEvents: 'WatchPageSize' },
      ['CommandId'],
    ),
    WatchPageSize: { type: 'integer', min: 1, max: 1000 },
    /** What happened since the cursor, in order; without one from the beginning. Never lost, at times told twice. */
    WatchCommandResult: structure({
      Command: 'CommandProgress',
      Events: 'WatchEventList',
      Cursor: 'Token',
      /** True when the command has ended and everything was told. */
      Final: 'Flag',
    }),
    WatchEventList: list('WatchEvent'),
    /**
     * An invocation changed its state (StatusDetails), or a piece of output came (StepName, Stream, Offset, Data). A piece without Data: the output
     * is complete up to Offset and put aside; GetCommandOutput gives what was missed. Pieces may overlap what was told before.
     */
    WatchEvent: structure({
      InstanceId: 'NodeId',
      ComputerName: 'Text',
      StatusDetails: 'Text',
      ResponseCode: 'Count',
      StepName: 'StepName',
      Stream: 'StreamName',
      Offset: 'Bytes',
      Data: 'OutputBytes',
    }),

    InvalidCommandId: exception,
    InvalidDocument: exception,
    InvalidDocumentVersion: exception,
    InvalidInstanceId: exception,
    DuplicateInstanceId: exception,
    InvalidParameters: exception,
    UnsupportedPlatformType: exception,
    MaxDocumentSizeExceeded: exception,
    InvalidNextToken: exception,
    InvalidPluginName: exception,
    InvocationDoesNotExist: exception,
    CommandEnded: exception,
    NothingToRerun: exception,
    InvalidCursor: exception,
  },
};
