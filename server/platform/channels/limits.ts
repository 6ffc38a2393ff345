// Every limit of the channels: its name, its default and the reason. Tests and operators may set each.
import { FRAME_BYTES_MAX } from '@muster/protocol/channel.ts';

export interface ChannelLimits {
  /** Control channels held by one replica. A TLS connection costs about 70 KB. */
  readonly connectionsMax: number;
  /** Upgraded but without their opening frame yet: strangers to the hub. The next ones get 503; agents back off. */
  readonly openingMax: number;
  /** Handshakes a second, and how many may come at once: a fleet that comes back must not starve what runs. */
  readonly openingsPerSecond: number;
  readonly openingsBurst: number;
  /** From the upgrade to a valid opening frame; the stock agent sends it within 20 ms. */
  readonly openingMs: number;
  /** Life of a token: the stock agent uses it at once, within its own 15 s limit. */
  readonly tokenMs: number;
  /** Agents ping every 54 s: two pings missed, and some more. */
  readonly deadAfterMs: number;
  /** What an agent may send in one frame: what the stock agent's own library allows, and some room. */
  readonly frameBytesMax: number;
  /** Unsent bytes of one connection above which it gets no more jobs … */
  readonly slowBytes: number;
  /** … and above which, or after `slowMs` above the first, it is closed. */
  readonly stuckBytes: number;
  readonly slowMs: number;
  /** Messages of one unit of work: the unit holds the database for some 20 ms at most. */
  readonly inboundBatch: number;
  /** Bytes of one unit of work. */
  readonly inboundBatchBytes: number;
  /** What waits to be written; above it no socket is read until half of it is done. */
  readonly inboundMax: number;
  readonly inboundBytesMax: number;
  /** The same for one node: a stock agent resends at most 50 replies in a round. */
  readonly inboundPerNodeMax: number;
  /** Rendered jobs kept for sending to further nodes. */
  readonly renderedMax: number;
  readonly renderedBytesMax: number;
  /** The agent's own HTTP limit is 20 s. */
  readonly pollMs: number;
  /** Long polls held at once. */
  readonly pollsMax: number;
  /** A node counts as present this long after its last poll ended: a client that gets an empty list pauses up to 2.5 s. */
  readonly pollGapMs: number;
  /** Refusals such as UnexpectedError that may pass: after so many tries the job counts as refused. */
  readonly unexpectedRefusalsMax: number;
}

/** The stock agent keeps five workers; what waits on the agent itself cannot be cancelled safely, so nothing waits there. */
export const UNFINISHED_COMMANDS_MAX = 5;
/** Waits before a job is sent again: a young worker drops jobs without a word, a full one refuses them. The last one repeats. */
export const RESEND_AFTER_MS = [2_000, 5_000, 15_000, 30_000, 60_000] as const;
/** Nodes of one mailbox query. */
export const DRAIN_NODES_MAX = 512;
/** Node ids in one message between replicas: about 22 bytes each, of 256 KiB. */
export const WAKE_NODES_MAX = 5_000;

export const DEFAULT_LIMITS: ChannelLimits = {
  connectionsMax: 20_000,
  openingMax: 2_000,
  openingsPerSecond: 1_000,
  openingsBurst: 2_000,
  openingMs: 15_000,
  tokenMs: 30_000,
  deadAfterMs: 130_000,
  frameBytesMax: FRAME_BYTES_MAX + 8_192,
  slowBytes: 1_048_576,
  stuckBytes: 8_388_608,
  slowMs: 30_000,
  inboundBatch: 1_000,
  inboundBatchBytes: 4_194_304,
  inboundMax: 20_000,
  inboundBytesMax: 67_108_864,
  inboundPerNodeMax: 100,
  renderedMax: 256,
  renderedBytesMax: 33_554_432,
  pollMs: 19_000,
  pollsMax: 20_000,
  pollGapMs: 30_000,
  unexpectedRefusalsMax: 5,
};
