// What the world is told about parameters: EventBridge's `Parameter Store Change` and `Parameter Store Policy Action`. Values never.
import type { Scope } from '../platform/ids.ts';
import type { OutboxEvent } from '../platform/outbox/index.ts';
import { nameOf, parameterArn } from './name.ts';
import type { Parameter } from './parameter.ts';
import type { StoredPolicy } from './policies/parameter-policies.ts';

type Named = Pick<Parameter, 'key' | 'rooted' | 'type'>;

export function changeEvent(
  scope: Scope,
  parameter: Named & Pick<Parameter, 'description' | 'dataType'>,
  operation: 'Create' | 'Update' | 'Delete' | 'LabelParameterVersion',
  at: Date,
  label?: string,
): OutboxEvent {
  const { key, rooted, type, description, dataType } = parameter;
  return {
    account: scope.account,
    region: scope.region,
    source: 'aws.ssm',
    detailType: 'Parameter Store Change',
    detail: {
      name: nameOf(key, rooted),
      type,
      operation,
      ...(description === undefined ? {} : { description }),
      ...(dataType === 'text' ? {} : { 'data-type': dataType }),
      ...(label === undefined ? {} : { label }),
    },
    resources: [parameterArn(scope, key)],
    at,
  };
}

export function policyEvent(scope: Scope, { key, rooted, type }: Named, policy: StoredPolicy, at: Date): OutboxEvent {
  return {
    account: scope.account,
    region: scope.region,
    source: 'aws.ssm',
    detailType: 'Parameter Store Policy Action',
    detail: {
      'parameter-name': nameOf(key, rooted),
      'parameter-type': type,
      'policy-type': policy.type,
      'policy-content': policy.text,
      'action-status': 'Success',
      'action-reason': policy.type === 'Expiration' ? 'Expiration timestamp exceeded' : `${policy.type} policy is due`,
    },
    resources: [parameterArn(scope, key)],
    at,
  };
}
