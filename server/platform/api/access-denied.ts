// AWS's sentence for a call that no policy allows (real-aws-facts W11). XML services say `AccessDenied`, the others `AccessDeniedException`.
import type { Principal } from '../access/principal.ts';
import { ApiError } from './errors.ts';

export function accessDenied(
  principal: Principal,
  action: string,
  resource: string,
  reason: string,
  code: 'AccessDenied' | 'AccessDeniedException' = 'AccessDeniedException',
): ApiError {
  return new ApiError(
    code,
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}${reason === '' ? '' : ` ${reason}`}`,
    code === 'AccessDenied' ? { httpStatus: 403 } : {},
  );
}
