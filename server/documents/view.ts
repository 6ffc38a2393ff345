// Documents as the API answers them. Pure.
import type { DocumentParameter, SsmDocument } from '@muster/protocol/document.ts';
import type {
  DocumentDescription,
  DocumentIdentifier,
  DocumentParameter as ParameterShape,
  DocumentStatus,
  TagList,
} from '../platform/api/models/ssm.types.gen.ts';
import type { DocumentHead, VersionFacts } from './document.ts';

/** Stored documents are always Active: nothing is processed after the commit. `Creating` and `Updating` live in one answer, as on AWS. */
export function describe(
  head: DocumentHead,
  version: VersionFacts,
  document: SsmDocument,
  status: DocumentStatus,
  tags: TagList,
): DocumentDescription {
  return {
    Hash: version.hash,
    HashType: 'Sha256',
    Name: head.name,
    DisplayName: head.displayName,
    VersionName: version.versionName,
    Owner: head.owner,
    CreatedDate: version.createdAt,
    Status: status,
    StatusInformation: version.statusInformation === '' ? undefined : version.statusInformation,
    DocumentVersion: String(version.version),
    Description: version.description,
    Parameters: Object.entries(document.parameters).map(([name, parameter]) => describeParameter(name, parameter)),
    PlatformTypes: version.platformTypes,
    DocumentType: head.documentType,
    SchemaVersion: version.schemaVersion,
    LatestVersion: String(head.latestVersion),
    DefaultVersion: String(head.defaultVersion),
    DocumentFormat: version.format,
    TargetType: head.targetType,
    Tags: tags,
  };
}

function describeParameter(name: string, parameter: DocumentParameter): ParameterShape {
  const value = parameter.default;
  return {
    Name: name,
    // AWS answers Integer and the like here although its model lists two types only.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    Type: parameter.type as ParameterShape['Type'],
    Description: parameter.description,
    DefaultValue: value === undefined || typeof value === 'string' ? value : JSON.stringify(value),
  };
}

export function identify(head: DocumentHead, version: VersionFacts, tags: TagList): DocumentIdentifier {
  return {
    Name: head.name,
    CreatedDate: head.createdAt,
    DisplayName: head.displayName,
    Owner: head.owner,
    VersionName: version.versionName,
    PlatformTypes: version.platformTypes,
    DocumentVersion: String(version.version),
    DocumentType: head.documentType,
    SchemaVersion: version.schemaVersion,
    DocumentFormat: version.format,
    TargetType: head.targetType,
    Tags: tags,
  };
}
