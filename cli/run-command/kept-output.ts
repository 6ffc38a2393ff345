// What the server keeps of one node's output, page by page, of one step or of all in their order.
import type { ReadOptions } from '../aws-client.ts';
import type { CommandApi } from './command-api.ts';

export interface KeptOutput {
  readonly step: string;
  /** Of the first byte of `data`. */
  readonly offset: number;
  readonly data: Buffer;
  /** In words, where something was not kept after `data`. */
  readonly gap: string | undefined;
  /** The node's agent tells no more than AWS keeps, and this is the end of that. */
  readonly cut: boolean;
}

export interface OutputOf {
  readonly commandId: string;
  readonly instanceId: string;
  /** Undefined: all steps. */
  readonly step: string | undefined;
  readonly stream: 'stdout' | 'stderr';
  /** Where to begin in each step. Default: 0. */
  readonly from?: number;
}

/** The server's largest page. */
const PAGE_BYTES = 262_144;

export async function* outputPages(api: CommandApi, of: OutputOf, reading?: ReadOptions): AsyncGenerator<KeptOutput> {
  const steps = of.step === undefined ? (await api.steps(of.commandId, of.instanceId)).map((step) => step.StepName) : [of.step];
  for (const step of steps) {
    let offset = of.from ?? 0;
    for (;;) {
      const query = { CommandId: of.commandId, InstanceId: of.instanceId, StepName: step, Stream: of.stream };
      const page = await api.output({ ...query, Offset: offset, MaxBytes: PAGE_BYTES }, reading);
      const data = Buffer.from(page.Data ?? '', 'base64');
      const next = page.NextOffset ?? offset + data.length;
      const cut = page.Complete === true && page.Whole === false && next > 0;
      if (data.length > 0 || page.Gap !== undefined || cut)
        yield { step, offset: page.Offset ?? offset, data, gap: page.Gap, cut };
      // Nothing further: all was given, or the step is still running.
      if (page.Complete === true || next <= offset) break;
      offset = next;
    }
  }
}
