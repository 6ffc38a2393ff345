// Whose a resource is, for a decision: the account in its ARN; the caller's own where that says nothing. Pure.
import type { AccountId } from '../../../platform/ids.ts';
import { accountIn } from './arn.ts';

/** ARNs without an account (buckets, AWS's own documents) belong to nobody else. */
export function ownerOf(resource: string, account: AccountId): string {
  const owner = accountIn(resource);
  return owner === '' || owner === undefined || owner === 'aws' ? account : owner;
}

/** As the decision takes it: what may be shared is judged as the caller's own. */
export function resourceAccountOf(action: string, resource: string, account: AccountId): string {
  const owner = ownerOf(resource, account);
  return owner === account || isShareable(action, resource) ? account : owner;
}

/**
 * What may be done with another account's document. Whether this one is shared with the caller is asked of its owner's rows by the domain of
 * documents, to which what is not shared does not exist.
 */
const OF_SHARED_DOCUMENTS: ReadonlySet<string> = new Set([
  'ssm:DescribeDocument',
  'ssm:GetDocument',
  'ssm:ListDocumentVersions',
  'ssm:SendCommand',
]);
const DOCUMENT = /^arn:aws:ssm:[^:]*:(?:[0-9]{12})?:document\//;

/** And with another account's parameter, whose resource policy is asked by the domain of parameters. */
const OF_SHARED_PARAMETERS: ReadonlySet<string> = new Set([
  'ssm:DescribeParameters',
  'ssm:GetParameter',
  'ssm:GetParameterHistory',
  'ssm:GetParameters',
]);
const PARAMETER = /^arn:aws:ssm:[^:]*:[0-9]{12}:parameter\//;

export function isShareable(action: string, resource: string): boolean {
  return (
    (OF_SHARED_DOCUMENTS.has(action) && DOCUMENT.test(resource)) || (OF_SHARED_PARAMETERS.has(action) && PARAMETER.test(resource))
  );
}
