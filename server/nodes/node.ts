// A managed node as other domains see it.
import type { NodeId } from '../platform/ids.ts';

export type PlatformType = 'Linux' | 'Windows' | 'MacOS';
export type PingStatus = 'Online' | 'ConnectionLost' | 'Inactive';

export interface NodeFacts {
  readonly nodeId: NodeId;
  /** Undefined until the agent's first full UpdateInstanceInformation. */
  readonly platformType: PlatformType | undefined;
  readonly platformName: string | undefined;
  readonly computerName: string | undefined;
  readonly agentVersion: string | undefined;
}
