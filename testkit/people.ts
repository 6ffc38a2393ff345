// Users and roles of a simulated server, made as an operator makes them: by calls of IAM.
import type { AccessCredentials } from '@muster/agent/access/sign-v4.ts';
import { callOperation } from './signed-call.ts';
import type { Simulation } from './simulation.ts';

async function iam(simulation: Simulation, operation: string, input: Readonly<Record<string, unknown>>): Promise<string> {
  const { network: transport, administrator: credentials, clock } = simulation;
  const answer = await callOperation({ transport, region: 'us-east-1', now: clock.now(), credentials }, 'iam', operation, input);
  if (answer.status !== 200) throw new Error(`${operation}: ${answer.body}`);
  return answer.body;
}

/** A user with an access key, whose inline policy `P` is this text; without one: with no policy at all. */
export async function addUser(simulation: Simulation, name: string, policy?: string): Promise<AccessCredentials> {
  await iam(simulation, 'CreateUser', { UserName: name });
  if (policy !== undefined) await setPolicy(simulation, name, policy);
  const body = await iam(simulation, 'CreateAccessKey', { UserName: name });
  const value = (element: string) => new RegExp(`<${element}>([^<]+)<`).exec(body)?.[1] ?? '';
  return { accessKeyId: value('AccessKeyId'), secretAccessKey: value('SecretAccessKey') };
}

/** A role that a service may take; its ARN. */
export async function addServiceRole(simulation: Simulation, name: string, service: string): Promise<string> {
  const Statement = [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }];
  const trust = JSON.stringify({ Version: '2012-10-17', Statement });
  const body = await iam(simulation, 'CreateRole', { RoleName: name, AssumeRolePolicyDocument: trust });
  return /<Arn>([^<]+)</.exec(body)?.[1] ?? '';
}

/** Replaces the user's policy. */
export async function setPolicy(simulation: Simulation, name: string, policy: string): Promise<void> {
  await iam(simulation, 'PutUserPolicy', { UserName: name, PolicyName: 'P', PolicyDocument: policy });
}
