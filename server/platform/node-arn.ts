// The ARN of a node, as policies name it: EC2's form for cloud instances, Systems Manager's for all others.
import type { Scope } from './ids.ts';

export function nodeArn(scope: Scope, nodeId: string): string {
  return nodeId.startsWith('i-')
    ? `arn:aws:ec2:${scope.region}:${scope.account}:instance/${nodeId}`
    : `arn:aws:ssm:${scope.region}:${scope.account}:managed-instance/${nodeId}`;
}
