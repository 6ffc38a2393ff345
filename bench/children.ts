// Talking with the child processes of a benchmark over IPC.
import type { ChildProcess } from 'node:child_process';

/** The next message of a child that has this member; a child that dies first is an error. */
export function told<Message>(child: ChildProcess, member: keyof Message & string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const receive = (message: unknown) => {
      if (typeof message !== 'object' || message === null || !(member in message)) return;
      child.off('message', receive);
      child.off('exit', ended);
      // Our own children, over IPC.
      resolve(message as Message);
    };
    const ended = (code: number | null) => reject(new Error(`a child process ended with ${code} before it said '${member}'`));
    child.on('message', receive);
    child.once('exit', ended);
  });
}
