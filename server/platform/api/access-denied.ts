// AWS's sentence for a call that no policy allows (real-aws-facts W11).
import type { Principal } from '../access/principal.ts';
import { ApiError } from './errors.ts';

export function accessDenied(principal: Principal, action: string, resource: string): ApiError {
  return new ApiError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ` +
      `because no identity-based policy allows the ${action} action`,
  );
}
