// What a job asks an agent to do: the content of `agent_job` and the `Payload` of the long poll, as the stock agent reads it.
import { field, isJsonObject, jsonObject, text } from './json-fields.ts';
import { ProtocolError } from './protocol-error.ts';
import type { ParameterValue } from './document.ts';

export interface CommandPayload {
  readonly commandId: string;
  readonly documentName: string;
  /** Strings, or lists for StringList, objects for StringMap, booleans. Absent ones take their default on the agent. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** The document as a JSON value, also where its author wrote YAML. */
  readonly documentContent: Readonly<Record<string, unknown>>;
  readonly outputS3BucketName: string;
  /** The caller's prefix as it is: the agent appends command, node and step. */
  readonly outputS3KeyPrefix: string;
  readonly cloudWatchLogGroupName: string;
  readonly cloudWatchOutputEnabled: boolean;
}

export interface CancelPayload {
  /** The job id of the command that is cancelled. */
  readonly cancelMessageId: string;
}

const LENGTH_MAX = { uuid: 36, documentName: 256, bucket: 63, keyPrefix: 500, logGroup: 512, jobId: 80 };

export function commandPayload(command: CommandPayload): string {
  return JSON.stringify({
    CommandId: command.commandId,
    DocumentName: command.documentName,
    Parameters: command.parameters,
    DocumentContent: command.documentContent,
    OutputS3BucketName: command.outputS3BucketName,
    OutputS3KeyPrefix: command.outputS3KeyPrefix,
    CloudWatchLogGroupName: command.cloudWatchLogGroupName,
    // A string: the stock agent does not read a JSON boolean here.
    CloudWatchOutputEnabled: command.cloudWatchOutputEnabled ? 'true' : 'false',
  });
}

export function parseCommandPayload(content: string): CommandPayload {
  const json = jsonObject(content, 'The command');
  const parameters = json['Parameters'] ?? {};
  const documentContent = json['DocumentContent'];
  if (!isJsonObject(parameters)) throw new ProtocolError('Parameters is not a JSON object.');
  if (!isJsonObject(documentContent)) throw new ProtocolError('DocumentContent is not a JSON object.');
  const enabled = json['CloudWatchOutputEnabled'];
  return {
    commandId: text(json, 'CommandId', LENGTH_MAX.uuid),
    documentName: text(json, 'DocumentName', LENGTH_MAX.documentName),
    // Values come out of JSON, so they are what a parameter may be, or null, which means absent.
    parameters: Object.fromEntries(
      Object.entries(parameters).filter(([, value]) => value !== null),
    ) as CommandPayload['parameters'],
    documentContent,
    outputS3BucketName: field(json, 'OutputS3BucketName', LENGTH_MAX.bucket, ''),
    outputS3KeyPrefix: field(json, 'OutputS3KeyPrefix', LENGTH_MAX.keyPrefix, ''),
    cloudWatchLogGroupName: field(json, 'CloudWatchLogGroupName', LENGTH_MAX.logGroup, ''),
    cloudWatchOutputEnabled: enabled === true || enabled === 'true',
  };
}

export function cancelPayload(cancel: CancelPayload): string {
  return JSON.stringify({ CancelMessageId: cancel.cancelMessageId });
}

export function parseCancelPayload(content: string): CancelPayload {
  return { cancelMessageId: text(jsonObject(content, 'The cancel'), 'CancelMessageId', LENGTH_MAX.jobId) };
}
