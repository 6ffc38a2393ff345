// The agent's job ids. A command's job is `aws.ssm.<CommandId>.<NodeId>`. Its cancel message needs another UUID of its own; it is derived
// from the command's, so that putting the same cancel twice is one letter and settling needs no look-up.
import { createHash } from 'node:crypto';
import type { CommandId, NodeId } from '../platform/ids.ts';

export function commandJobId(commandId: CommandId, nodeId: NodeId): string {
  return `aws.ssm.${commandId}.${nodeId}`;
}

export function cancelJobId(commandId: CommandId, nodeId: NodeId): string {
  return `aws.ssm.${cancelUuid(commandId)}.${nodeId}`;
}

function cancelUuid(commandId: CommandId): string {
  const digest = createHash('sha256').update(`cancel ${commandId}`).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** The command's id out of a job id; undefined for anything else. */
export function commandIdOf(jobId: string): CommandId | undefined {
  const match = /^aws\.ssm\.([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\./.exec(jobId);
  return match?.[1] as CommandId | undefined;
}
