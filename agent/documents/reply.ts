// Replies as the stock agent writes them, never larger than the channel carries. Pure.
import type { AgentReply, AgentStatus, AgentStepResult } from '@muster/protocol/reply.ts';
import { AGENT_NAME, AGENT_VERSION } from '../version.ts';
import { combineStreams, cut } from './output.ts';

/** A reply above this is never sent by the stock agent, and servers may rely on it. Ours cuts the output instead. */
export const REPLY_BYTES_MAX = 120_000;
/** The reply is a JSON string inside of the frame's JSON, where each of its quotes and backslashes grows; this much fits a frame. */
export const REPLY_QUOTED_BYTES_MAX = 140_000;

export interface ReplyContext {
  readonly now: Date;
  readonly platformVersion: string;
  readonly platformName: string;
}

export function replyContent(
  context: ReplyContext,
  documentStatus: AgentStatus,
  /** Null: nothing has run yet. */
  statuses: readonly AgentStatus[] | null,
  runtimeStatus: Readonly<Record<string, AgentStepResult>> | null,
  documentTraceOutput = '',
): string {
  const reply: AgentReply = {
    additionalInfo: {
      agent: {
        lang: 'en-US',
        name: AGENT_NAME,
        os: context.platformName,
        osver: context.platformVersion,
        ver: AGENT_VERSION,
      },
      dateTime: context.now.toISOString(),
      runId: '',
      runtimeStatusCounts: statuses === null ? null : countStatuses(statuses),
    },
    documentStatus,
    documentTraceOutput,
    runtimeStatus,
  };
  return fit(reply);
}

function countStatuses(statuses: readonly AgentStatus[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function fits(content: string): boolean {
  return Buffer.byteLength(content) <= REPLY_BYTES_MAX && Buffer.byteLength(JSON.stringify(content)) <= REPLY_QUOTED_BYTES_MAX;
}

/** Halves the longest stream until the JSON text fits: a control character takes six bytes of it, so characters do not tell. */
function fit(reply: AgentReply): string {
  let text = JSON.stringify(reply);
  let max = longestStream(reply);
  while (!fits(text) && max > 0) {
    max = Math.floor(max / 2);
    text = JSON.stringify({ ...reply, runtimeStatus: shorten(reply.runtimeStatus ?? {}, max) });
  }
  return text;
}

function longestStream(reply: AgentReply): number {
  const results = Object.values(reply.runtimeStatus ?? {});
  return Math.max(0, ...results.flatMap((result) => [result.standardOutput.length, result.standardError.length]));
}

function shorten(steps: Readonly<Record<string, AgentStepResult>>, max: number): Record<string, AgentStepResult> {
  const shortened: Record<string, AgentStepResult> = {};
  for (const [key, result] of Object.entries(steps)) {
    const standardOutput = cut(result.standardOutput, max);
    const standardError = cut(result.standardError, max);
    const output =
      result.output.length <= max ? result.output : combineStreams(standardOutput, standardError, Math.max(max, 100));
    shortened[key] = { ...result, standardOutput, standardError, output: cut(output, result.output.length) };
  }
  return shortened;
}

/** What a reply holds besides the streams of one step: names, times, counts. */
const ENVELOPE_BYTES = 4_000;

/** Whether a reply with this result needs no shortening: then its streams are told as they are. */
export function carriesWhole(result: AgentStepResult): boolean {
  const text = JSON.stringify(result);
  const bytes = Buffer.byteLength(text) + ENVELOPE_BYTES;
  return bytes <= REPLY_BYTES_MAX && Buffer.byteLength(JSON.stringify(text)) + 2 * ENVELOPE_BYTES <= REPLY_QUOTED_BYTES_MAX;
}
