// The second writer's thread: each question is a unit of its own, all or nothing, and is answered when its COMMIT is durable.
import { parentPort, workerData } from 'node:worker_threads';
import type { Step } from './database.ts';
import { StatementFailed, toCarried } from './errors.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import type { Answered, Asked } from './thread.ts';

const { path } = workerData as { path: string };
const connection = new SqliteConnection(path, { role: 'writer' });

// A worker thread has no origin.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.on('message', (asked: Asked<readonly Step[]>) => parentPort?.postMessage(answer(asked)));

function answer({ id, question }: Asked<readonly Step[]>): Answered<undefined> {
  try {
    if (question.length === 0) return { id, answer: undefined };
    connection.execute('begin immediate', []);
    for (const { sql, values } of question) for (const row of values) connection.execute(sql, row);
    connection.execute('commit', []);
    return { id, answer: undefined };
  } catch (error) {
    return { id, error: toCarried(undo(error), error instanceof StatementFailed ? error.sql : '') };
  }
}

/** Some errors (disk full, I/O) have ended the transaction already. */
function undo(error: unknown): unknown {
  try {
    if (connection.inTransaction) connection.execute('rollback', []);
    return error;
  } catch (failed) {
    return new AggregateError([error, failed], 'a unit failed, and so did its rollback');
  }
}
