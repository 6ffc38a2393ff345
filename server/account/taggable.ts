// Which resources the tag operations take: those that exist on this server. The domain that owns a type says whether a resource is there
// (a port, filled by the composition root); how its ARN is spelled is known here, because authorization asks before anything is looked up.
import type { ResourceTypeForTagging } from '../platform/api/models/ssm.types.gen.ts';
import type { Scope } from '../platform/ids.ts';
import type { ReadTx } from '../platform/store/index.ts';

/** Types whose domain is built; each new one is a line here and a port in the composition root. */
export type TaggableType = 'Document' | 'ManagedInstance' | 'Parameter';

/** Asked in the unit that writes the tag. */
export type ResourceExists = (tx: ReadTx, scope: Scope, resourceId: string) => Promise<boolean>;
export type TaggableResources = Readonly<Record<TaggableType, ResourceExists>>;

const ARNS: Readonly<Record<TaggableType, (scope: Scope, id: string) => string>> = {
  Document: ({ account, region }, id) => `arn:aws:ssm:${region}:${account}:document/${id}`,
  ManagedInstance: ({ account, region }, id) => `arn:aws:ssm:${region}:${account}:managed-instance/${id}`,
  Parameter: ({ account, region }, id) => `arn:aws:ssm:${region}:${account}:parameter/${id}`,
};

/** What a resource is kept under, for what callers call it: of parameters, `x` and `/x` are one. */
export function taggableId(type: TaggableType, resourceId: string): string {
  return type === 'Parameter' && resourceId.startsWith('/') ? resourceId.slice(1) : resourceId;
}

export function taggableType(resourceType: ResourceTypeForTagging): TaggableType | undefined {
  return resourceType === 'Document' || resourceType === 'ManagedInstance' || resourceType === 'Parameter'
    ? resourceType
    : undefined;
}

/** For a type that does not exist here yet: any resource, so that only who may tag everything learns that it does not. */
export function taggableArn(scope: Scope, resourceType: ResourceTypeForTagging, resourceId: string): string {
  const type = taggableType(resourceType);
  return type === undefined ? '*' : ARNS[type](scope, taggableId(type, resourceId));
}
