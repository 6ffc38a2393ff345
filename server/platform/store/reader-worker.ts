// The reader's thread: one connection that can read and checkpoint, and write nothing. One question at a time.
import { parentPort, workerData } from 'node:worker_threads';
import { toCarried } from './errors.ts';
import type { ReaderAnswer, ReaderQuestion } from './reader.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import type { Answered, Asked } from './thread.ts';

const { path } = workerData as { path: string };
const connection = new SqliteConnection(path, { role: 'checkpointer' });

// A worker thread has no origin.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.on('message', (asked: Asked<ReaderQuestion>) => parentPort?.postMessage(answer(asked)));

function answer({ id, question }: Asked<ReaderQuestion>): Answered<ReaderAnswer> {
  const sql = question.kind === 'scan' ? question.sql : 'pragma wal_checkpoint(passive)';
  try {
    if (question.kind === 'scan') return { id, answer: connection.query(question.sql, question.parameters) };
    connection.checkpoint('PASSIVE');
    return { id, answer: { columns: [], values: [] } };
  } catch (error) {
    return { id, error: toCarried(error, sql) };
  }
}
