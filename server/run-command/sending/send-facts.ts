// What conditions of policies may ask about a command that is sent, wherever `ssm:SendCommand` is decided: in the call, in its preview, and when
// its nodes are found later. Pure.
import type { ConditionFacts } from '../../platform/access/index.ts';

/** Without a version in the call it is the default one. */
export function sendConditions({ DocumentVersion }: { readonly DocumentVersion?: string | undefined }): Record<string, string> {
  return { 'ssm:DocumentVersion': DocumentVersion ?? '$DEFAULT' };
}

export function sendFacts(documentVersion: string | undefined): ConditionFacts {
  const conditions = sendConditions({ DocumentVersion: documentVersion });
  return new Map(Object.entries(conditions).map(([key, value]) => [key.toLowerCase(), [value]]));
}
