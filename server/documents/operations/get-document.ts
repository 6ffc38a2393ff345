// GetDocument: the content of one version, in JSON unless asked otherwise.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { convert } from '../content.ts';
import { documentArn } from '../document.ts';
import { getVersion } from '../domain.ts';
import type { Documents } from '../domain.ts';

export default operation<SsmApi, Documents>()('ssm', 'GetDocument', {
  action: 'ssm:GetDocument',
  audit: 'read',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    const format = input.DocumentFormat ?? 'JSON';
    if (format === 'TEXT') return ctx.fail('ValidationException', 'Documents of type Command have the format JSON or YAML.');
    const { head, version } = await domain.database.read((tx) => getVersion(domain, tx, ctx, input, ctx));
    return {
      Name: head.name,
      CreatedDate: version.createdAt,
      DisplayName: head.displayName,
      VersionName: version.versionName,
      DocumentVersion: String(version.version),
      Status: 'Active',
      StatusInformation: version.statusInformation === '' ? undefined : version.statusInformation,
      Content: convert(version.content, version.format, format),
      DocumentType: head.documentType,
      DocumentFormat: format,
    };
  },
});
