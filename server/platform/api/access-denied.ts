// AWS's sentence for a call that no policy allows (real-aws-facts W11). XML services say `AccessDenied`, the others `AccessDeniedException`.
import type { Principal } from '../access/principal.ts';
import { ApiError } from './errors.ts';

/** Its sentence is of the caller, the action and the resource, all of which the record has anyhow. */
export class AccessDenied extends ApiError {}

export function accessDenied(
  principal: Principal,
  action: string,
  resource: string,
  reason: string,
  code: 'AccessDenied' | 'AccessDeniedException' = 'AccessDeniedException',
): AccessDenied {
  return new AccessDenied(
    code,
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}${reason === '' ? '' : ` ${reason}`}`,
    code === 'AccessDenied' ? { httpStatus: 403 } : {},
  );
}
