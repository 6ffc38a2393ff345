// PreviewCommand: what SendCommand would do with the same input, without doing it. The first page counts all targets; its NextToken carries
// the numbers along, so that further pages read their own nodes only.
import type { MusterRunCommandApi, PreviewCommandResult } from '../../platform/api/models/muster/run-command.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { documentArn } from '../../documents/index.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import { checkSend } from '../sending/check-send.ts';
import type { RunCommand } from '../domain.ts';
import { forecast, type Outcome, OUTCOMES, starts, type Walked, waveOf } from '../sending/preview.ts';
import { DEFAULT_MAX_CONCURRENCY, DEFAULT_MAX_ERRORS } from '../rate.ts';
import { sendFacts } from '../sending/send-facts.ts';
import { type Judged, nextNodes, walk } from '../sending/walk-targets.ts';

const PAGE_DEFAULT = 50;

interface Position extends Walked {
  readonly after: string;
  /** How many start before the next page. */
  readonly before: number;
}

export default operation<MusterRunCommandApi, RunCommand>()('muster', 'PreviewCommand', {
  action: 'muster:PreviewCommand',
  audit: 'read',
  resources: (input, scope) => [
    documentArn(scope, input.DocumentName),
    ...(input.InstanceIds ?? []).map((nodeId) => nodeArn(scope, nodeId)),
  ],
  async handle(run, ctx, input) {
    await ctx.authorize('ssm:SendCommand', documentArn(ctx, input.DocumentName), { facts: sendFacts(input.DocumentVersion) });
    const { nodes, document } = await checkSend(run, ctx, input);
    const wanted = {
      targets: input.Targets ?? [],
      nodes,
      platformTypes: document.platformTypes,
      documentVersion: input.DocumentVersion,
    };
    const position =
      input.NextToken === undefined
        ? undefined
        : (run.pageTokens.decode('PreviewCommand', ctx, input.NextToken) as unknown as Position);
    const walked: Walked = position ?? (await walk(run, ctx, wanted));
    const asked = {
      maxConcurrency: input.MaxConcurrency ?? DEFAULT_MAX_CONCURRENCY,
      maxErrors: input.MaxErrors ?? DEFAULT_MAX_ERRORS,
    };
    const expected = forecast(asked, walked);
    const limit = input.MaxResults ?? PAGE_DEFAULT;
    const found = await nextNodes(run, ctx, wanted, position?.after, limit + 1);
    const page = found.slice(0, limit);
    const before = position?.before ?? 0;
    const last = page.at(-1);
    const next: Position | undefined =
      found.length > limit && last !== undefined
        ? {
            counts: walked.counts,
            cut: walked.cut,
            after: last.node.nodeId,
            before: before + page.filter(({ outcome }) => starts(outcome)).length,
          }
        : undefined;
    return {
      TargetCount: expected.targetCount,
      Outcomes: OUTCOMES.filter((outcome) => walked.counts[outcome] > 0).map((outcome) => ({
        Outcome: outcome,
        Count: walked.counts[outcome],
      })),
      Concurrency: expected.concurrency,
      Waves: expected.waves,
      ErrorTolerance: expected.errorTolerance,
      StopsWhen: expected.stopsWhen,
      Warnings: [...documentWarnings(document.statusInformation), ...expected.warnings],
      Nodes: nodeViews(page, before, expected.concurrency),
      ...(next === undefined ? {} : { NextToken: run.pageTokens.encode('PreviewCommand', ctx, { ...next }) }),
    };
  },
});

/** The API's bound of a text. */
const SENTENCE_LENGTH_MAX = 4_096;

function documentWarnings(statusInformation: string): string[] {
  return statusInformation === '' ? [] : [`The document: ${statusInformation}`.slice(0, SENTENCE_LENGTH_MAX)];
}

const REASONS: Readonly<Record<Outcome, string | undefined>> = {
  Run: undefined,
  Delayed: 'The node is not connected: it would start when it connects.',
  InvalidPlatform: 'The document does not support the platform of this node.',
  AccessDenied: 'You may not run commands on this node (ssm:SendCommand).',
};

function nodeViews(page: readonly Judged[], before: number, concurrency: number): PreviewCommandResult['Nodes'] {
  let started = before;
  return page.map(({ node, outcome }) => {
    const reason = REASONS[outcome];
    return {
      InstanceId: node.nodeId,
      ...(node.computerName === undefined ? {} : { ComputerName: node.computerName }),
      ...(node.platformType === undefined ? {} : { PlatformType: node.platformType }),
      Outcome: outcome,
      ...(reason === undefined ? {} : { Reason: reason }),
      ...(starts(outcome) ? { Wave: waveOf(started++, concurrency) } : {}),
    };
  });
}
