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

/** What an agent tells about itself; undefined where it has not yet. */
export interface AgentFacts {
  readonly agentName: string | undefined;
  readonly agentVersion: string | undefined;
  readonly agentStatus: string | undefined;
  readonly platformType: PlatformType | undefined;
  readonly platformName: string | undefined;
  readonly platformVersion: string | undefined;
  readonly computerName: string | undefined;
  readonly ipAddress: string | undefined;
}

/** A node as DescribeInstanceInformation shows it. */
export interface ManagedNode extends NodeFacts, AgentFacts {
  readonly activationId: string;
  readonly iamRole: string;
  readonly name: string | undefined;
  readonly registeredAt: Date;
  readonly pingStatus: PingStatus;
  readonly lastPingAt: Date | undefined;
}
