// Parameters as the API shows them.
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

export async function showParameter(
  domain: Parameters,
  ctx: RequestContext,
  { reference, parameter, version }: Found,
  withDecryption: boolean,
): Promise<ParameterView> {
  const { owner, asked, selector } = reference;
  const arn = parameterArn(owner, parameter.key);
  return {
    // The form that was asked for; of an ARN, the name.
    Name: asked ?? nameOf(parameter.key, parameter.rooted),
    Type: version.type,
    Value: await valueOf(domain, ctx, owner, arn, version, withDecryption),
    Version: version.version,
    Selector: selector === undefined ? undefined : `:${selector}`,
    LastModifiedDate: version.modifiedAt,
    ARN: arn,
    DataType: version.dataType,
  };
}

/** At once where nothing is opened. */
function valueOf(
  domain: Parameters,
  ctx: RequestContext,
  owner: Scope,
  arn: string,
  { type, value }: ParameterVersion,
  withDecryption: boolean,
): string | Promise<string> {
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
