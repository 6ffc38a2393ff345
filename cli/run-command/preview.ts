// What a command would do before it is sent: how many nodes, in which waves, and when it would stop; and the question that stands
// before a command to many nodes.
import type { Host } from '../host.ts';
import type { Screen } from '../terminal/screen.ts';
import { Table } from '../terminal/table.ts';
import { plainName } from '../terminal/untrusted-text.ts';
import type { CommandApi, CommandRequest, Preview, PreviewNode } from './command-api.ts';
import { EXIT } from './outcome.ts';

/** A person at a terminal is asked before a command reaches more nodes than this. */
export const ASK_NODES_MIN = 100;
/** Of a preview, as many nodes as are shown for the question. */
const NODES_SHOWN = 10;
const PAGE = 50;

export async function showPreview(api: CommandApi, request: CommandRequest, screen: Screen, json: boolean): Promise<number> {
  const table = new Table(['NODE', 'NAME', 'PLATFORM', 'OUTCOME', 'WAVE', 'REASON']);
  let token: string | undefined;
  let targetCount = 0;
  let isFirst = true;
  do {
    const page = await api.preview(request, { MaxResults: PAGE, NextToken: token });
    token = page.NextToken;
    if (isFirst) {
      targetCount = page.TargetCount ?? 0;
      if (json) screen.printJson({ type: 'preview', ...previewMembers(page) });
      else for (const line of previewLines(page)) screen.print(line);
    }
    isFirst = false;
    const nodes = page.Nodes ?? [];
    if (json) for (const node of nodes) screen.printJson({ type: 'node', ...nodeMembers(node) });
    else if (nodes.length > 0) for (const line of table.page(nodes.map(nodeRow))) screen.print(line);
    await screen.settle();
  } while (token !== undefined && !screen.outputGone.aborted);
  return targetCount === 0 ? EXIT.nothingMatched : EXIT.success;
}

/** True: go on. Asks only where a person can answer and there is something to ask. */
export async function mayGoOn(api: CommandApi, request: CommandRequest, screen: Screen, ask: Host['ask']): Promise<boolean> {
  if (ask === undefined || !screen.out.isTerminal || request.InstanceIds !== undefined) return true;
  const preview = await api.preview(request, { MaxResults: NODES_SHOWN });
  const count = preview.TargetCount ?? 0;
  if (count <= ASK_NODES_MIN) return true;
  for (const line of previewLines(preview)) screen.note(line);
  const names = (preview.Nodes ?? []).slice(0, NODES_SHOWN).map((node) => plainName(node.ComputerName ?? node.InstanceId));
  screen.note(`Nodes: ${names.join(', ')}${count > names.length ? `, and ${count - names.length} more` : ''}`);
  screen.noteRaw(`Type the number of nodes (${count}) to run it on all of them: `);
  return (await ask()).trim() === String(count);
}

export function previewLines(preview: Preview): string[] {
  const count = preview.TargetCount ?? 0;
  const outcomes = (preview.Outcomes ?? []).map(({ Outcome, Count }) => `${Count} ${outcomeInWords(Outcome)}`).join(', ');
  const waves = preview.Waves ?? 0;
  return [
    `${count} ${count === 1 ? 'node matches' : 'nodes match'}${outcomes === '' ? '' : `: ${outcomes}`}`,
    `At most ${preview.Concurrency ?? 0} at a time, in ${waves} ${waves === 1 ? 'wave' : 'waves'}`,
    ...(preview.StopsWhen === undefined ? [] : [plainName(preview.StopsWhen)]),
    ...(preview.Warnings ?? []).map((warning) => `Warning: ${plainName(warning)}`),
  ];
}

function outcomeInWords(outcome: string): string {
  switch (outcome) {
    case 'Run':
      return 'run at once or in their wave';
    case 'Delayed':
      return 'not connected (they run when they are)';
    case 'InvalidPlatform':
      return 'skipped (the document is not for their platform)';
    case 'AccessDenied':
      return 'skipped (you may not command them)';
    default:
      return plainName(outcome);
  }
}

function nodeRow(node: PreviewNode): string[] {
  return [
    node.InstanceId,
    plainName(node.ComputerName ?? ''),
    plainName(node.PlatformType ?? ''),
    plainName(node.Outcome ?? ''),
    node.Wave === undefined ? '-' : String(node.Wave),
    plainName(node.Reason ?? ''),
  ];
}

function nodeMembers(node: PreviewNode): Record<string, unknown> {
  return {
    instanceId: node.InstanceId,
    computerName: node.ComputerName,
    platformType: node.PlatformType,
    outcome: node.Outcome,
    wave: node.Wave,
    reason: node.Reason,
  };
}

function previewMembers(preview: Preview): Record<string, unknown> {
  return {
    targetCount: preview.TargetCount ?? 0,
    outcomes: Object.fromEntries((preview.Outcomes ?? []).map(({ Outcome, Count }) => [Outcome, Count])),
    concurrency: preview.Concurrency,
    waves: preview.Waves,
    errorTolerance: preview.ErrorTolerance,
    stopsWhen: preview.StopsWhen,
    warnings: preview.Warnings ?? [],
  };
}
