// The actions of runbooks, and the inputs that each cannot do without. Pure.
import { below, refuse } from '@muster/protocol/document-error.ts';
import type { Place } from '@muster/protocol/document-error.ts';
import { asArray, asObject, asString, member, requireMembers } from '@muster/protocol/document-shape.ts';
import type { JsonObject } from '@muster/protocol/document-shape.ts';

/** All of `all`, and at least one of each list in `oneOf`. */
interface ActionInputs {
  readonly all: readonly string[];
  readonly oneOf: readonly (readonly string[])[];
}

const inputs = (all: readonly string[], ...oneOf: readonly (readonly string[])[]): ActionInputs => ({ all, oneOf });
const PROPERTY = inputs(['Service', 'Api', 'PropertySelector', 'DesiredValues']);

const ACTIONS: ReadonlyMap<string, ActionInputs> = new Map([
  ['aws:approve', inputs([], ['Approvers', 'EnhancedApprovals'])],
  ['aws:assertAwsResourceProperty', PROPERTY],
  ['aws:branch', inputs(['Choices'])],
  ['aws:changeInstanceState', inputs(['InstanceIds', 'DesiredState'])],
  ['aws:copyImage', inputs(['SourceImageId', 'SourceRegion', 'ImageName'])],
  ['aws:createImage', inputs(['InstanceId', 'ImageName'])],
  ['aws:createStack', inputs(['StackName'], ['TemplateBody', 'TemplateURL'])],
  ['aws:createTags', inputs(['ResourceIds', 'Tags'])],
  ['aws:deleteImage', inputs(['ImageId'])],
  ['aws:deleteStack', inputs(['StackName'])],
  ['aws:executeAutomation', inputs(['DocumentName'])],
  ['aws:executeAwsApi', inputs(['Service', 'Api'])],
  ['aws:executeScript', inputs(['Runtime'], ['Script', 'Attachment'])],
  ['aws:executeStateMachine', inputs(['stateMachineArn'])],
  ['aws:invokeLambdaFunction', inputs(['FunctionName'])],
  ['aws:invokeWebhook', inputs(['IntegrationName'])],
  ['aws:loop', inputs(['Steps'], ['Iterators', 'LoopCondition'])],
  ['aws:pause', inputs([])],
  ['aws:runCommand', inputs(['DocumentName'], ['InstanceIds', 'Targets'])],
  ['aws:runInstances', inputs([], ['ImageId', 'LaunchTemplate'])],
  ['aws:sleep', inputs([], ['Duration', 'Timestamp'])],
  ['aws:updateVariable', inputs(['Name', 'Value'])],
  ['aws:waitForAwsResourceProperty', PROPERTY],
]);

export const AUTOMATION_ACTIONS: readonly string[] = [...ACTIONS.keys()];

/** A cancel of these is not followed by other steps. */
export const WITHOUT_CANCEL_FLOW: ReadonlySet<string> = new Set([
  'aws:approve',
  'aws:copyImage',
  'aws:createImage',
  'aws:createStack',
  'aws:createTags',
  'aws:pause',
  'aws:runInstances',
  'aws:sleep',
]);

export function requireActionInputs(action: string, given: JsonObject, place: Place): void {
  const wanted = ACTIONS.get(action);
  if (wanted === undefined) return;
  requireMembers(given, wanted.all, place);
  for (const alternatives of wanted.oneOf)
    if (alternatives.every((key) => member(given, key) === undefined))
      refuse(`object has missing required properties (one of ${JSON.stringify(alternatives)})`, place);
  const runtime = member(given, 'Runtime');
  if (action === 'aws:executeScript' && typeof runtime === 'string' && /^python/i.test(runtime))
    requireMembers(given, ['Handler'], place);
}

/** Where an aws:branch may go, with the place that says so. */
export function branchTargets(given: JsonObject, place: Place): [target: string, place: Place][] {
  const at = below(place, 'Choices');
  const targets = asArray(member(given, 'Choices'), 1, 100, at).map((item, index): [string, Place] => {
    const choice = below(at, index);
    const object = asObject(item, choice);
    requireMembers(object, ['NextStep'], choice);
    return [asString(member(object, 'NextStep'), below(choice, 'NextStep')), below(choice, 'NextStep')];
  });
  const otherwise = member(given, 'Default');
  if (otherwise !== undefined) targets.push([asString(otherwise, below(place, 'Default')), below(place, 'Default')]);
  return targets;
}
