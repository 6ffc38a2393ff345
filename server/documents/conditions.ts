// What conditions of policies may ask about a document that a call names; the type of one that is there is looked up (`ssm:DocumentType`). Pure.

/** Without a version in the call none was asked for. */
export function versionConditions({
  DocumentVersion,
}: {
  readonly DocumentVersion?: string | undefined;
}): Record<string, string> {
  return DocumentVersion === undefined ? {} : { 'ssm:DocumentVersion': DocumentVersion };
}

/** Of a document that is about to be made. */
export function newDocumentConditions({ DocumentType }: { readonly DocumentType?: string | undefined }): Record<string, string> {
  return { 'ssm:DocumentType': DocumentType ?? 'Command' };
}
