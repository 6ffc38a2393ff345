// The reconciler that seals streams, by name, and how a stream reads as one of its keys. Pure.
import type { StreamKey } from './output-store.ts';

export const SEALER = 'run-command-output';

export function streamWakeKey(key: StreamKey): string {
  return JSON.stringify([key.account, key.region, key.commandId, key.nodeId, key.stepName, key.stream]);
}

export function parseStreamWakeKey(text: string): StreamKey {
  const [account, region, commandId, nodeId, stepName, stream] = JSON.parse(text) as string[];
  return { account, region, commandId, nodeId, stepName, stream } as StreamKey;
}
