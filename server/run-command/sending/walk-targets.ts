// Walks the nodes of a command that is not sent, page by page, as the dispatcher would: what would become of each. Reads only, and lets
// others have their turn between two pages.
import type { NodeFacts, NodeTarget } from '../../nodes/index.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { NodeId } from '../../platform/ids.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import { nextTurn } from '../../platform/time/turn.ts';
import type { RunCommand } from '../domain.ts';
import type { Outcome, Walked } from './preview.ts';
import { fitsPlatform } from './resolve-targets.ts';
import { sendFacts } from './send-facts.ts';
import { CHUNK } from '../store.ts';

/** Nodes that one preview counts: a hundred pages, which are a hundred turns of the event loop. */
export const COUNTED_MAX = 50_000;

export interface Targeted {
  readonly targets: readonly NodeTarget[];
  /** Where all are named by id: these. */
  readonly nodes: readonly NodeFacts[] | undefined;
  readonly platformTypes: readonly string[];
  readonly documentVersion: string | undefined;
}

export interface Judged {
  readonly node: NodeFacts;
  readonly outcome: Outcome;
}

type Context = Pick<RequestContext, 'account' | 'region' | 'allowed' | 'signal'>;

/** The next nodes in id order, as the dispatcher takes them; fewer than `limit`: these are the last. */
export async function nextNodes(
  run: RunCommand,
  ctx: Context,
  wanted: Targeted,
  after: string | undefined,
  limit: number,
): Promise<Judged[]> {
  const found =
    wanted.nodes === undefined
      ? await run.database.read((tx) => run.nodes.page(tx, ctx, wanted.targets, after as NodeId | undefined, limit))
      : wanted.nodes
          .filter(({ nodeId }) => after === undefined || nodeId > after)
          .toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
          .slice(0, limit);
  const allowed = await ctx.allowed(
    'ssm:SendCommand',
    found.map(({ nodeId }) => nodeArn(ctx, nodeId)),
    { facts: sendFacts(wanted.documentVersion) },
  );
  return found.map((node, index) => ({
    node,
    outcome: allowed[index] === true ? outcomeOf(run, ctx, wanted.platformTypes, node) : 'AccessDenied',
  }));
}

/** Counts what would become of all of them. */
export async function walk(run: RunCommand, ctx: Context, wanted: Targeted): Promise<Walked> {
  const counts: Record<Outcome, number> = { Run: 0, Delayed: 0, InvalidPlatform: 0, AccessDenied: 0 };
  let counted = 0;
  for (let after: string | undefined; ;) {
    const page = await nextNodes(run, ctx, wanted, after, CHUNK);
    for (const { outcome } of page) counts[outcome]++;
    counted += page.length;
    after = page.at(-1)?.node.nodeId;
    if (page.length < CHUNK || ctx.signal.aborted) return { counts, cut: false };
    if (counted >= COUNTED_MAX) return { counts, cut: (await nextNodes(run, ctx, wanted, after, 1)).length > 0 };
    await new Promise<void>((resolve) => void nextTurn(resolve));
  }
}

function outcomeOf(run: RunCommand, ctx: Context, platformTypes: readonly string[], node: NodeFacts): Outcome {
  if (!fitsPlatform(platformTypes, node)) return 'InvalidPlatform';
  return run.presence.isConnected(ctx, node.nodeId) ? 'Run' : 'Delayed';
}
