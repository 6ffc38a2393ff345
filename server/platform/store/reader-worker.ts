// The reader worker's thread: one connection that can read and checkpoint, and write nothing. One question at a time.
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteConnection } from './sqlite-connection.ts';
import type { Answer, Question } from './reader.ts';

const { path } = workerData as { path: string };
const connection = new SqliteConnection(path, { role: 'checkpointer' });

// A worker thread has no origin.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.on('message', (question: Question) => parentPort?.postMessage(answer(question)));

function answer(question: Question): Answer {
  const sql = question.kind === 'scan' ? question.sql : 'pragma wal_checkpoint(passive)';
  try {
    if (question.kind === 'scan') return { id: question.id, ...connection.query(question.sql, question.parameters) };
    connection.checkpoint('PASSIVE');
    return { id: question.id, columns: [], values: [] };
  } catch (error) {
    // The driver's own error: the main thread wraps it again.
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { id: question.id, error: cause, sql };
  }
}
