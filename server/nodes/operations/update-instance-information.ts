// UpdateInstanceInformation: the heartbeat. Hot: a row is written only when a fact changed or the node comes back; everything else is a mark in
// memory that is flushed with many others.
import type { SsmAgentApi, UpdateInstanceInformationRequest } from '../../platform/api/models/agent-ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Nodes } from '../domain.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import type { AgentFacts, ManagedNode } from '../node.ts';
import { pingStatusEvent } from '../ping-status-event.ts';
import { NOT_REGISTERED, requireSelf } from '../require-self.ts';
import * as store from '../store.ts';

const ACTION = 'ssm:UpdateInstanceInformation';
const FACTS = [
  'agentName',
  'agentVersion',
  'agentStatus',
  'platformType',
  'platformName',
  'platformVersion',
  'computerName',
  'ipAddress',
] as const;
/** Host names have 255 characters at most; nothing else that is told is longer. */
const FACT_CHARACTERS_MAX = 256;

export default operation<SsmAgentApi, Nodes>()('ssm', 'UpdateInstanceInformation', {
  action: ACTION,
  audit: 'agent-plane',
  resources: (input, scope) => [nodeArn(scope, input.InstanceId)],
  async handle(domain, ctx, input) {
    const { nodeId } = requireSelf(ctx.principal, ACTION, input.InstanceId);
    const node = await domain.database.read((tx) => store.findNode(tx, ctx, nodeId));
    if (node === undefined) return ctx.fail('InvalidInstanceId', NOT_REGISTERED(nodeId));
    const facts = learn(node, input);
    const changed = FACTS.some((fact) => facts[fact] !== node[fact]);
    if (changed || node.lastPingAt === undefined) {
      await domain.database.write('nodes.update-facts', async (tx) => {
        const known = await store.updateFacts(tx, ctx, nodeId, facts, ctx.now);
        if (!known) ctx.fail('InvalidInstanceId', NOT_REGISTERED(nodeId));
        if (node.pingStatus !== 'Online') await domain.outbox.put(tx, [pingStatusEvent(ctx, nodeId, 'Online', ctx.now)]);
      });
    }
    domain.presence.seen(ctx, nodeId, node.pingStatus !== 'Online');
    return {};
  },
});

/** The first call of an agent names little, and absent or empty does not mean unknown: what was told stays. */
function learn(node: ManagedNode, told: UpdateInstanceInformationRequest): AgentFacts {
  const platformType = (['Linux', 'Windows', 'MacOS'] as const).find((platform) => platform === told.PlatformType);
  return {
    agentName: fact(told.AgentName) ?? node.agentName,
    agentVersion: fact(told.AgentVersion) ?? node.agentVersion,
    agentStatus: fact(told.AgentStatus) ?? node.agentStatus,
    platformType: platformType ?? node.platformType,
    platformName: fact(told.PlatformName) ?? node.platformName,
    platformVersion: fact(told.PlatformVersion) ?? node.platformVersion,
    computerName: fact(told.ComputerName) ?? node.computerName,
    ipAddress: fact(told.IPAddress) ?? node.ipAddress,
  };
}

function fact(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text.slice(0, FACT_CHARACTERS_MAX);
}
