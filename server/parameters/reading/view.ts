// Parameters as the API shows them.
import type { NowOrLater } from '../../platform/access/authenticator.ts';
import type {
  Parameter as ParameterView,
  ParameterHistory,
  ParameterInlinePolicy,
  ParameterMetadata,
} from '../../platform/api/models/ssm.types.gen.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Scope } from '../../platform/ids.ts';
import type { Parameters } from '../domain.ts';
import type { Found } from './find.ts';
import { nameOf, parameterArn } from '../name.ts';
import type { Parameter, ParameterVersion } from '../parameter.ts';
import { openValue } from '../secrets/secure-strings.ts';

/** At once where nothing is opened. */
export function showParameter(
  domain: Parameters,
  ctx: RequestContext,
  found: Found,
  withDecryption: boolean,
): NowOrLater<ParameterView> {
  const { owner } = found.reference;
  const arn = parameterArn(owner, found.parameter.key);
  const value = valueOf(domain, ctx, owner, arn, found.version, withDecryption);
  return value instanceof Promise ? value.then((opened) => viewOf(found, arn, opened)) : viewOf(found, arn, value);
}

export function showParameters(
  domain: Parameters,
  ctx: RequestContext,
  found: readonly Found[],
  withDecryption: boolean,
): Promise<ParameterView[]> {
  return Promise.all(found.map(async (one) => showParameter(domain, ctx, one, withDecryption)));
}

function viewOf({ reference: { asked, selector }, parameter, version }: Found, arn: string, value: string): ParameterView {
  return {
    // The form that was asked for; of an ARN, the name.
    Name: asked ?? nameOf(parameter.key, parameter.rooted),
    Type: version.type,
    Value: value,
    Version: version.version,
    Selector: selector === undefined ? undefined : `:${selector}`,
    LastModifiedDate: version.modifiedAt,
    ARN: arn,
    DataType: version.dataType,
  };
}

function valueOf(
  domain: Parameters,
  ctx: RequestContext,
  owner: Scope,
  arn: string,
  { type, value }: Pick<ParameterVersion, 'type' | 'value'>,
  withDecryption: boolean,
): NowOrLater<string> {
  return type === 'SecureString' && withDecryption ? openValue(domain, ctx, owner, arn, value) : value;
}

export async function showHistory(
  domain: Parameters,
  ctx: RequestContext,
  owner: Scope,
  name: string,
  version: ParameterVersion,
  labels: readonly string[],
  withDecryption: boolean,
): Promise<ParameterHistory> {
  return {
    Name: name,
    Type: version.type,
    KeyId: version.keyId,
    LastModifiedDate: version.modifiedAt,
    LastModifiedUser: version.modifiedBy,
    Description: version.description,
    Value: await valueOf(domain, ctx, owner, parameterArn(owner, version.key), version, withDecryption),
    AllowedPattern: version.allowedPattern,
    Version: version.version,
    Labels: [...labels],
    Tier: version.tier,
    Policies: showPolicies(version),
    DataType: version.dataType,
  };
}

/** `owner`: of another account's parameter, whose name is its ARN then. */
export function showMetadata(scope: Scope, parameter: Parameter, owner: Scope = scope): ParameterMetadata {
  const arn = parameterArn(owner, parameter.key);
  return {
    Name: owner.account === scope.account ? nameOf(parameter.key, parameter.rooted) : arn,
    ARN: arn,
    Type: parameter.type,
    KeyId: parameter.keyId,
    LastModifiedDate: parameter.modifiedAt,
    LastModifiedUser: parameter.modifiedBy,
    Description: parameter.description,
    AllowedPattern: parameter.allowedPattern,
    Version: parameter.version,
    Tier: parameter.tier,
    Policies: showPolicies(parameter),
    DataType: parameter.dataType,
  };
}

function showPolicies({ policies }: ParameterVersion): ParameterInlinePolicy[] {
  return policies.map(({ text, type, status }) => ({ PolicyText: text, PolicyType: type, PolicyStatus: status }));
}
