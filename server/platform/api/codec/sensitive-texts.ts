// Whether a sentence quotes something of an input that the model calls sensitive. Pure. A refusal may tell its caller which value was wrong; the
// record of it must not tell everybody else.
import type { Shape } from './shape.ts';

/** Sentences quote long values by their beginning. */
const QUOTED_CHARACTERS = 16;

export function quotesSensitive(shape: Shape, input: unknown, sentence: string): boolean {
  return sensitiveTexts(shape, input, false).some((text) => sentence.includes(text.slice(0, QUOTED_CHARACTERS)));
}

/** Every text below a sensitive place, keys of maps too; none that is empty. */
function sensitiveTexts(shape: Shape | undefined, value: unknown, within: boolean): string[] {
  const sensitive = within || shape?.sensitive === true;
  if (typeof value === 'string') return sensitive && value !== '' ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((part) => sensitiveTexts(shape?.item, part, sensitive));
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return [];
  if (shape?.kind === 'structure') {
    const parts = value as Readonly<Record<string, unknown>>;
    return shape.members.flatMap((member) =>
      sensitiveTexts(member.shape, parts[member.name], sensitive || member.ref.sensitive === true),
    );
  }
  return Object.entries(value).flatMap(([key, part]) => [
    ...(sensitive ? [key] : []),
    ...sensitiveTexts(shape?.value, part, sensitive),
  ]);
}
