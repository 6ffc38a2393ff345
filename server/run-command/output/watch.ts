// What happened to a command after a point of its order: changes of invocations with the outputs that they told, pieces of streamed output, and
// streams that were sealed. A page is bounded by events and bytes; its last event is the next point. Nothing is lost; what changed again
// after it was told is told again.
import { STEPS_MAX } from '@muster/protocol/document-steps.ts';
import type { OutputStreamName } from '@muster/protocol/output-stream.ts';
import type { WatchEvent } from '../../platform/api/models/muster/run-command.types.gen.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import { isFinal } from '../command.ts';
import type { CommandKey } from '../command.ts';
import { isStepOver } from '../fold-reply.ts';
import { unpack } from './output.ts';
import { type ChunkHead, listStreams } from './output-store.ts';
import type { InvocationRow, StepRow, StreamRow } from '../tables.ts';
import * as store from './watch-store.ts';
import type { WatchPosition } from './watch-store.ts';

/** Of outputs in one page; the last event may go beyond. */
const PAGE_BYTES = 1_048_576;
/** Invocations whose steps are read at once: two texts of 24,000 characters each. One at a time where documents have many. */
const STEPS_OF = 20;
const STREAMS: readonly OutputStreamName[] = ['stdout', 'stderr'];

export const BEGINNING: WatchPosition = { seq: 0, node: '', step: '', stream: '', offset: 0 };

export interface WatchPage {
  readonly events: readonly WatchEvent[];
  readonly position: WatchPosition;
}

type Item = { readonly at: WatchPosition } & (
  | { readonly kind: 'invocation'; readonly row: InvocationRow }
  | { readonly kind: 'chunk'; readonly head: ChunkHead }
  | { readonly kind: 'sealed'; readonly row: StreamRow }
);

export async function readChanges(
  tx: ReadTx,
  key: CommandKey,
  after: WatchPosition,
  nodeIds: readonly string[],
  eventsMax: number,
): Promise<WatchPage> {
  // Read first: each of the statements below may see a later commit than the one before it.
  const until = await store.lastChange(tx, key);
  const items = (await readItems(tx, key, after, nodeIds, eventsMax)).filter((item) => item.at.seq <= until).slice(0, eventsMax);
  const events: WatchEvent[] = [];
  let position = after;
  let bytes = 0;
  let steps = new Map<string, InvocationOutput>();
  for (const [index, item] of items.entries()) {
    if (events.length >= eventsMax || bytes >= PAGE_BYTES) break;
    if (item.kind === 'invocation' && !steps.has(item.row.node_id))
      steps = await readOutputs(tx, key, after, items.slice(index, index + STEPS_OF));
    const told = await eventsOf(tx, item, steps);
    events.push(...told);
    for (const event of told) bytes += event.Data?.length ?? 0;
    position = item.at;
  }
  return { events, position };
}

async function readItems(
  tx: ReadTx,
  key: CommandKey,
  after: WatchPosition,
  nodeIds: readonly string[],
  limit: number,
): Promise<Item[]> {
  const invocations = await store.changedInvocations(tx, key, after, nodeIds, limit);
  const chunks = await store.changedChunks(tx, key, after, nodeIds, limit);
  const sealed = await store.sealedStreams(tx, key, after, nodeIds, limit);
  const items: Item[] = [
    ...invocations.map(
      (row) => ({ kind: 'invocation', row, at: { ...BEGINNING, seq: row.change_seq, node: row.node_id } }) as const,
    ),
    ...chunks.map((head) => ({ kind: 'chunk', head, at: positionOf(head, head.start_offset) }) as const),
    ...sealed.map((row) => ({ kind: 'sealed', row, at: positionOf(row, row.next_offset) }) as const),
  ];
  return items.toSorted((a, b) => comparePositions(a.at, b.at));
}

function positionOf(row: Pick<StreamRow, 'change_seq' | 'node_id' | 'step_name' | 'stream'>, offset: number): WatchPosition {
  return { seq: row.change_seq, node: row.node_id, step: row.step_name, stream: row.stream, offset };
}

/** As the databases order them: by bytes. */
function comparePositions(a: WatchPosition, b: WatchPosition): number {
  return (
    a.seq - b.seq ||
    Buffer.compare(Buffer.from(a.node), Buffer.from(b.node)) ||
    Buffer.compare(Buffer.from(a.step), Buffer.from(b.step)) ||
    Buffer.compare(Buffer.from(a.stream), Buffer.from(b.stream)) ||
    a.offset - b.offset
  );
}

interface InvocationOutput {
  readonly steps: readonly StepRow[];
  readonly streams: readonly StreamRow[];
}

/**
 * What the steps of the next invocations told since the page's beginning. With a node's end everything is told, again at times: its row moved on in
 * the order with each change, so a watch that passed the change of a step may have passed it while the row stood further on.
 */
async function readOutputs(
  tx: ReadTx,
  key: CommandKey,
  after: WatchPosition,
  items: readonly Item[],
): Promise<Map<string, InvocationOutput>> {
  const rows = items.flatMap((item) => (item.kind === 'invocation' ? [item.row] : []));
  const [ended, live] = [rows.filter((row) => isFinal(row.state)), rows.filter((row) => !isFinal(row.state))];
  const namesOf = (of: readonly InvocationRow[]): string[] => of.map((row) => row.node_id);
  const all = await store.stepsSince(tx, key, namesOf(ended), 0, STEPS_MAX);
  const isNew = (step: StepRow) => step.change_seq > after.seq || step.node_id > after.node;
  const some = await store.stepsSince(tx, key, namesOf(live), after.seq, STEPS_MAX);
  // Of one node there are no more.
  if (rows.length > 1 && Math.max(all.length, some.length) === STEPS_MAX) return readOutputs(tx, key, after, items.slice(0, 1));
  const steps = [...all, ...some.filter(isNew)];
  const streams = await listStreams(tx, key, namesOf(rows.filter((row) => row.streamed === 1)));
  return new Map(
    rows.map(({ node_id }) => [
      node_id,
      {
        steps: steps.filter((step) => step.node_id === node_id),
        streams: streams.filter((stream) => stream.node_id === node_id),
      },
    ]),
  );
}

async function eventsOf(tx: ReadTx, item: Item, outputs: ReadonlyMap<string, InvocationOutput>): Promise<WatchEvent[]> {
  switch (item.kind) {
    case 'invocation':
      return invocationEvents(item.row, outputs.get(item.row.node_id) ?? { steps: [], streams: [] });
    case 'chunk': {
      const chunk = await store.findChunk(tx, item.head);
      // Merged or sealed meanwhile: then a later change tells it.
      if (chunk === undefined) return [];
      const Data = unpack(chunk, chunk.end_offset - chunk.start_offset);
      return [{ ...streamOf(chunk), Offset: chunk.start_offset, Data }];
    }
    case 'sealed':
      return [{ ...streamOf(item.row), Offset: item.row.next_offset }];
    default:
      return item satisfies never;
  }
}

function streamOf(row: Pick<StreamRow, 'node_id' | 'step_name' | 'stream'>) {
  return { InstanceId: row.node_id, StepName: row.step_name, Stream: row.stream };
}

/** First what it wrote, then what became of it. Pure. */
function invocationEvents(row: InvocationRow, output: InvocationOutput): WatchEvent[] {
  const over = output.steps.filter((step) => isStepOver(step.status)).toSorted((a, b) => (a.ended_at ?? 0) - (b.ended_at ?? 0));
  const texts = over.flatMap((step) =>
    STREAMS.filter(
      (stream) => step[stream] !== '' && !output.streams.some((one) => one.step_name === step.step_name && one.stream === stream),
    ).map((Stream) => ({
      InstanceId: row.node_id,
      StepName: step.step_name,
      Stream,
      Offset: 0,
      Data: Buffer.from(step[Stream]),
    })),
  );
  const last = over.at(-1);
  return [
    ...texts,
    {
      InstanceId: row.node_id,
      ComputerName: row.computer_name,
      StatusDetails: row.state,
      ...(last === undefined ? {} : { ResponseCode: last.code }),
    },
  ];
}
