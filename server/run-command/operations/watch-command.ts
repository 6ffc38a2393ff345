// WatchCommand: what happens to a command, as it happens: states of its nodes and pieces of their output, in order, from a cursor on.
import { ApiError } from '../../platform/api/errors.ts';
import { operation } from '../../platform/api/operation.ts';
import type { MusterRunCommandApi } from '../../platform/api/models/muster/run-command.types.gen.ts';
import type { CommandId } from '../../platform/ids.ts';
import { lookUntil } from '../changes.ts';
import { isCommandFinal } from '../command.ts';
import type { CommandKey } from '../command.ts';
import type { RunCommand } from '../domain.ts';
import { progressView } from '../progress.ts';
import * as store from '../store.ts';
import { BEGINNING, readChanges } from '../output/watch.ts';
import { hasOpenStream, type WatchPosition } from '../output/watch-store.ts';

const EVENTS_DEFAULT = 200;
/** A stream that has not grown for so long after the command's end is not waited for: its node is gone. */
const SILENT_MS = 60_000;

export default operation<MusterRunCommandApi, RunCommand>()('muster', 'WatchCommand', {
  action: 'muster:WatchCommand',
  audit: 'read',
  resources: () => ['*'],
  async handle(run, ctx, input) {
    const key: CommandKey = { account: ctx.account, region: ctx.region, commandId: input.CommandId as CommandId };
    const after = input.Cursor === undefined ? BEGINNING : cursorOf(input.Cursor);
    const look = () =>
      run.database.read(async (tx) => {
        const command = await store.findCommand(tx, key);
        if (command === undefined) return undefined;
        const read = () => readChanges(tx, key, after, input.InstanceIds ?? [], input.MaxEvents ?? EVENTS_DEFAULT);
        const page = await read();
        // Whether a stream is open costs all streams of the command: only who has seen everything else asks.
        if (!isCommandFinal(command.state) || page.events.length > 0) return { command, ...page, final: false };
        if (await hasOpenStream(tx, key, run.clock.nowMs() - SILENT_MS)) return { command, ...page, final: false };
        // Behind an end nothing happens but output: what was told between the two statements before is there now.
        const last = await read();
        return { command, ...last, final: last.events.length === 0 };
      });
    const seen = await lookUntil(
      run,
      key,
      { seconds: input.WaitSeconds ?? 0, signal: ctx.signal },
      look,
      (found) => found === undefined || found.final || found.events.length > 0,
    );
    if (seen === undefined) return ctx.fail('InvalidCommandId', `There is no command ${input.CommandId}.`);
    return {
      Command: progressView(seen.command),
      Events: [...seen.events],
      Cursor: run.pageTokens.encode('WatchCommand', ctx, { command: key.commandId, ...seen.position }),
      Final: seen.final,
    };

    function cursorOf(cursor: string): WatchPosition {
      const position = decode(cursor);
      if (position?.command === key.commandId) return position;
      return ctx.fail(
        'InvalidCursor',
        'The Cursor is not one that WatchCommand gave for this command: leave it out to begin anew.',
      );
    }

    function decode(cursor: string): (WatchPosition & { readonly command: string }) | undefined {
      try {
        return run.pageTokens.decode('WatchCommand', ctx, cursor) as unknown as WatchPosition & { readonly command: string };
      } catch (error) {
        if (error instanceof ApiError && error.code === 'InvalidNextToken') return undefined;
        throw error;
      }
    }
  },
});
