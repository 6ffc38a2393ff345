// Documents as the API answers them. Pure.
import type {
  DocumentDescription,
  DocumentIdentifier,
  DocumentParameter as ParameterShape,
  DocumentStatus,
  ReviewInformation,
  TagList,
} from '../platform/api/models/ssm.types.gen.ts';
import type { CheckedContent } from './content.ts';
import type { DocumentHead, VersionFacts } from './document.ts';
import type { DescribedParameter } from './kinds/kind.ts';
import type { Review } from './reviews/review.ts';

/** Stored documents are always Active: nothing is processed after the commit. `Creating` and `Updating` live in one answer, as on AWS. */
export function describe(
  head: DocumentHead,
  version: VersionFacts,
  checked: CheckedContent,
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
    Parameters: checked.parameters.map(describeParameter),
    PlatformTypes: version.platformTypes,
    DocumentType: head.documentType,
    SchemaVersion: version.schemaVersion === '' ? undefined : version.schemaVersion,
    LatestVersion: String(head.latestVersion),
    DefaultVersion: String(head.defaultVersion),
    DocumentFormat: version.format,
    TargetType: head.targetType,
    Tags: tags,
    Author: version.author === '' ? undefined : version.author,
    Requires: listOrNothing(version.requires),
    ReviewStatus: version.reviewStatus,
    ApprovedVersion: head.approvedVersion === undefined ? undefined : String(head.approvedVersion),
    PendingReviewVersion: head.pendingVersion === undefined ? undefined : String(head.pendingVersion),
  };
}

export function reviewInformation({ status, reviewer, updatedAt }: Review): ReviewInformation {
  return { ReviewedTime: updatedAt, Status: status, Reviewer: reviewer };
}

/** AWS leaves empty lists out where there is seldom anything. */
export function listOrNothing<Item>(items: readonly Item[]): readonly Item[] | undefined {
  return items.length === 0 ? undefined : items;
}

function describeParameter(parameter: DescribedParameter): ParameterShape {
  const value = parameter.default;
  return {
    Name: parameter.name,
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
    SchemaVersion: version.schemaVersion === '' ? undefined : version.schemaVersion,
    DocumentFormat: version.format,
    TargetType: head.targetType,
    Tags: tags,
    Author: version.author === '' ? undefined : version.author,
    Requires: listOrNothing(version.requires),
    ReviewStatus: version.reviewStatus,
  };
}
