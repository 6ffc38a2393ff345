// What `{{ssm:…}}` in documents resolves to: parameters that the caller may read (ssm:GetParameters), by their selectors. Values of SecureStrings
// stay sealed: whoever asks refuses them.
import type { Authorizer, CallFacts } from '../../platform/access/authenticator.ts';
import type { Principal } from '../../platform/access/principal.ts';
import type { ParameterType } from '../../platform/api/models/ssm.types.gen.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Scope } from '../../platform/ids.ts';
import type { Parameters } from '../domain.ts';
import { findVersion } from './find.ts';
import { findReference, parameterArn } from '../name.ts';

export interface ReferencedValue {
  readonly type: ParameterType;
  /** Empty for a SecureString. */
  readonly value: string;
}

export interface ParameterValues {
  /** Those of `selectors` (`name`, `name:version`, `name:label`) that are there and that the caller may read. */
  find(
    scope: Scope,
    caller: Principal,
    selectors: readonly string[],
    call: CallFacts,
  ): Promise<ReadonlyMap<string, ReferencedValue>>;
}

const ACTION = 'ssm:GetParameters';

export function createParameterValues(domain: Parameters, authorizer: Pick<Authorizer, 'open'>): ParameterValues {
  return {
    async find(scope, caller, selectors, call) {
      const references = selectors.flatMap((selector) => {
        const reference = findReference(scope, selector);
        return reference === undefined ? [] : [{ selector, reference }];
      });
      const permissions = await authorizer.open(caller, call);
      const arns = references.map(({ reference }) => parameterArn(reference.owner, reference.key));
      const decisions = await permissions.decide(ACTION, arns);
      const allowed: RequestContext['allowed'] = async (action, resources, options) =>
        (await permissions.decide(action, resources, options)).map((decision) => decision.allowed);
      const ctx = { ...scope, principal: caller, allowed };
      const found = new Map<string, ReferencedValue>();
      for (const [at, { selector, reference }] of references.entries()) {
        if (decisions[at]?.allowed !== true) continue;
        const one = await domain.database.read((tx) => findVersion(domain, tx, ctx, ACTION, reference));
        if (one === undefined) continue;
        const { type, value } = one.version;
        found.set(selector, { type, value: type === 'SecureString' ? '' : value });
      }
      return found;
    },
  };
}
