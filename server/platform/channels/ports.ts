// What the channels need from the domain that owns jobs (Run Command), and what they offer it. Batches, because the hub gathers
// what arrived in one turn of the event loop into one unit of work; acknowledgements to the agent follow the commit.
import type { OutputPiece } from '@muster/protocol/output-stream.ts';
import type { AgentReply } from '@muster/protocol/reply.ts';
import type { NodeId, Scope } from '../ids.ts';
import type { Tx } from '../store/database.ts';

/** `command`: counts towards the five unfinished jobs of a node. `cancel`: does not. */
export type LetterKind = 'command' | 'cancel';

/** A durable message to one node; it references what it is about, the frame is rendered when it is sent. */
export interface Letter extends Scope {
  readonly nodeId: NodeId;
  /** The agent's JobId: `aws.ssm.<UUID>.<NodeId>`; unique. For a cancel the UUID is a fresh one. */
  readonly jobId: string;
  readonly kind: LetterKind;
  /** What to render: the command's id, for both kinds. */
  readonly reference: string;
  readonly createdAt: Date;
  /** After this it is not sent any more. */
  readonly expiresAt: Date;
}

export interface Mailbox {
  /** Adds letters; the hub is woken for their nodes after the commit. A letter whose jobId is there already is left as it is. */
  put(tx: Tx, letters: readonly Letter[]): Promise<void>;
  /** Takes letters out (finished, expired, cancelled): their places among the node's five become free after the commit. */
  settle(tx: Tx, keys: readonly { readonly nodeId: NodeId; readonly jobId: string }[], scope: Scope): Promise<void>;
  /** Drops everything of a node that is no longer registered. */
  forget(tx: Tx, scope: Scope, nodeId: NodeId): Promise<void>;
}

/** A rendered letter. */
export interface RenderedJob {
  /** True for a command: the same for every node it goes to, so the hub keeps it by (kind, reference). A cancel names its node: never kept. */
  readonly shared: boolean;
  readonly topic: string;
  /** The JSON text that goes into `agent_job.Content` and into the MDS `Payload`. */
  readonly content: string;
}

export interface JobAck extends Scope {
  readonly nodeId: NodeId;
  readonly jobId: string;
  /** Of the letter that was acknowledged: which kind, and what it referenced. */
  readonly kind: LetterKind;
  readonly reference: string;
  /** `accepted`: delivered (200, 51405, an MDS AcknowledgeMessage). `refused`: will not be sent again. Retries stay inside the hub. */
  readonly verdict: 'accepted' | 'refused';
  /** The agent's status code, such as `200` or `51406`. */
  readonly statusCode: string;
  readonly errorMessage: string;
  readonly receivedAt: Date;
}

export interface JobReply extends Scope {
  readonly nodeId: NodeId;
  readonly jobId: string;
  /** The agent's id of this reply: the same again when it is repeated. */
  readonly replyId: string;
  /** `aws.ssm.sendCommand…` or `aws.ssm.cancelCommand…`. */
  readonly topic: string;
  readonly content: AgentReply;
  readonly receivedAt: Date;
}

/** A piece of what a step writes, from an agent that streams it (`output-stream/1`). Idempotent like everything else. */
export interface JobOutput extends Scope, OutputPiece {
  readonly nodeId: NodeId;
}

/** What the agent is answered about its piece, after the commit. */
export interface OutputVerdict {
  /** Everything before is stored; the agent goes on from here. */
  readonly nextOffset: number;
  /** No more of this stream is wanted. */
  readonly closed: boolean;
}

/** Filled by run-command in the composition root. Everything is idempotent: each may come twice, late, or out of order. */
export interface JobHandler {
  /** Undefined when the reference is gone or may not be sent any more: the letter is then dropped. */
  render(letter: Letter): Promise<RenderedJob | undefined>;
  acknowledged(tx: Tx, batch: readonly JobAck[]): Promise<void>;
  replied(tx: Tx, batch: readonly JobReply[]): Promise<void>;
  /** One verdict for each piece, in their order. */
  output(tx: Tx, batch: readonly JobOutput[]): Promise<readonly OutputVerdict[]>;
}

export type ConnectionChannel = 'ssmmessages' | 'ec2messages';

/** Who is there, as far as this replica knows. In memory; the nodes domain flushes what it learns in batches. */
export interface Presence {
  isConnected(scope: Scope, nodeId: NodeId): boolean;
  /** Connections now. */
  readonly count: number;
}

/** Told when a node's channel opens and closes; filled by the nodes domain. Must be cheap: memory only. */
export interface PresenceListener {
  opened(scope: Scope, nodeId: NodeId, channel: ConnectionChannel): void;
  closed(scope: Scope, nodeId: NodeId, channel: ConnectionChannel): void;
}
