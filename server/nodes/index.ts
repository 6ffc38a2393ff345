// The public face of the nodes domain.
import { bindOperations } from '../platform/api/operation.ts';
import type { AnyOperation, BoundOperation } from '../platform/api/operation.ts';
import type { NodeKeySource } from '../platform/access/ports.ts';
import type { Bus } from '../platform/bus/bus.ts';
import type { PresenceListener } from '../platform/channels/ports.ts';
import type { NodeId, Scope } from '../platform/ids.ts';
import type { Reconciler } from '../platform/reconcile/reconciler.ts';
import type { ReadTx } from '../platform/store/index.ts';
import { createDirectory } from './directory.ts';
import { DEFAULT_SETTINGS } from './domain.ts';
import type { Nodes, NodeSettings } from './domain.ts';
import type { NodeDirectory } from './face.ts';
import { validKeys } from './node-key.ts';
import createActivation from './operations/create-activation.ts';
import deleteActivation from './operations/delete-activation.ts';
import deregisterManagedInstance from './operations/deregister-managed-instance.ts';
import describeActivations from './operations/describe-activations.ts';
import describeInstanceInformation from './operations/describe-instance-information.ts';
import getConnectionStatus from './operations/get-connection-status.ts';
import listInstanceAssociations from './operations/list-instance-associations.ts';
import registerManagedInstance from './operations/register-managed-instance.ts';
import requestManagedInstanceRoleToken from './operations/request-managed-instance-role-token.ts';
import updateInstanceAssociationStatus from './operations/update-instance-association-status.ts';
import updateInstanceInformation from './operations/update-instance-information.ts';
import updateManagedInstancePublicKey from './operations/update-managed-instance-public-key.ts';
import updateManagedInstanceRole from './operations/update-managed-instance-role.ts';
import { NodePresence } from './presence.ts';
import { NodeRegistry } from './registry.ts';
import { createSilenceReconciler } from './silence.ts';
import { standingOf } from './standing.ts';
import * as store from './store.ts';

export type { NodeDirectory, NodeStanding, NodeTarget, TargetStanding } from './face.ts';
export type { NodeFacts, PingStatus, PlatformType } from './node.ts';
export type { CredentialRequest, IssuedCredentials, NodePorts } from './ports.ts';
export type { NodeSettings } from './domain.ts';
export { migrations } from './migrations/index.ts';
export { SILENCE_MS } from './silence.ts';

export const operations: readonly AnyOperation<Nodes>[] = [
  createActivation,
  deleteActivation,
  deregisterManagedInstance,
  describeActivations,
  describeInstanceInformation,
  getConnectionStatus,
  listInstanceAssociations,
  registerManagedInstance,
  requestManagedInstanceRoleToken,
  updateInstanceAssociationStatus,
  updateInstanceInformation,
  updateManagedInstancePublicKey,
  updateManagedInstanceRole,
];

export interface NodesOptions extends Omit<Nodes, 'settings' | 'presence' | 'registry'> {
  readonly bus: Bus;
  readonly settings?: Partial<NodeSettings>;
}

export interface NodesFace extends AsyncDisposable {
  readonly directory: NodeDirectory;
  readonly presenceListener: PresenceListener;
  readonly keySource: NodeKeySource;
  /** From memory; at most a minute old on a replica that lost the message of a deregistration. */
  isRegistered(scope: Scope, nodeId: NodeId): Promise<boolean>;
  /** For tag operations. */
  exists(tx: ReadTx, scope: Scope, nodeId: string): Promise<boolean>;
  readonly operations: readonly BoundOperation[];
  readonly reconcilers: readonly Reconciler[];
  /** Writes the signs of life gathered so far; also done when closing. */
  flushPresence(): Promise<void>;
  /** Nodes with an open channel on this replica. */
  readonly connectedCount: () => number;
}

export function createNodes(options: NodesOptions): NodesFace {
  const { database, outbox, clock, log, bus } = options;
  const registry = new NodeRegistry({ database, bus, clock });
  const presence = new NodePresence({ database, outbox, clock, log });
  const domain: Nodes = { ...options, settings: { ...DEFAULT_SETTINGS, ...options.settings }, presence, registry };
  return {
    directory: {
      ...createDirectory(options, registry),
      standing: (tx, scope, nodeId, targets) => standingOf(options, tx, scope, nodeId, targets),
    },
    presenceListener: presence,
    keySource: {
      // Asked twice an hour for each node, and a stale ring would lock a node out: read each time.
      async find(nodeId) {
        const node = await database.read((tx) => store.findIdentity(tx, nodeId));
        return node === undefined
          ? undefined
          : { scope: node.scope, roleName: node.roleName, publicKeys: validKeys(node.keys, clock.now()) };
      },
    },
    isRegistered: (scope, nodeId) => registry.isRegistered(scope, nodeId),
    exists: (tx, scope, nodeId) => store.isRegistered(tx, scope, nodeId),
    operations: bindOperations(domain, operations),
    reconcilers: [createSilenceReconciler({ database, outbox, clock, presence })],
    flushPresence: () => presence.flush(),
    connectedCount: () => presence.connectedCount,
    async [Symbol.asyncDispose]() {
      registry[Symbol.dispose]();
      await presence[Symbol.asyncDispose]();
    },
  };
}
