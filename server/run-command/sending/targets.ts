// Who a command is for: InstanceIds or Targets, never both. Pure checks; what can be named by id is, so that a wrong id is told at once.
import type { NodeId } from '../../platform/ids.ts';
import type { RequestContext } from '../../platform/api/operation.ts';

/** AWS takes at most five values for one tag key in SendCommand's guide, fifty in the model; the model's limit is kept. */
const TAG_KEY_LENGTH_MAX = 128;
/** AWS's bound, in the guide. */
const RESOURCE_TYPES_MAX = 5;
const TARGET_KEYS = 'Use InstanceIds, tag:<key>, tag-key or resource-groups:Name.';

interface GivenTargets {
  readonly InstanceIds?: readonly string[] | undefined;
  readonly Targets?:
    | readonly { readonly Key?: string | undefined; readonly Values?: readonly string[] | undefined }[]
    | undefined;
}

export interface NamedTargets {
  /** Set when every node is named by id: they are resolved in the call. */
  readonly byId: readonly NodeId[] | undefined;
  /** True when the caller used `Targets`: the answer then says TargetCount 0, as AWS does. */
  readonly byTarget: boolean;
}

type Context = Pick<RequestContext<'DuplicateInstanceId' | 'InvalidInstanceId'>, 'fail'>;

export function checkTargets(input: GivenTargets, ctx: Context): NamedTargets {
  const ids = input.InstanceIds ?? [];
  const targets = input.Targets ?? [];
  if (ids.length > 0 && targets.length > 0)
    return ctx.fail('ValidationException', 'Specify either InstanceIds or Targets, not both.');
  if (ids.length === 0 && targets.length === 0)
    return ctx.fail('ValidationException', 'Specify the nodes to run on: InstanceIds or Targets.');
  if (new Set(ids).size < ids.length) return ctx.fail('DuplicateInstanceId', '');
  for (const target of targets) checkTarget(target.Key ?? '', target.Values ?? [], ctx);
  if (ids.length > 0) return { byId: ids as NodeId[], byTarget: false };
  const only = targets.length === 1 ? targets[0] : undefined;
  const byId = only !== undefined && only.Key?.toLowerCase() === 'instanceids' ? [...new Set(only.Values ?? [])] : undefined;
  return { byId: byId as NodeId[] | undefined, byTarget: true };
}

function checkTarget(key: string, values: readonly string[], ctx: Context): void {
  const lower = key.toLowerCase();
  const isGroup = lower === 'resource-groups:name' || lower === 'resource-groups:resourcetypefilters';
  const isTag = key.startsWith('tag:') && key.length > 'tag:'.length && key.length - 'tag:'.length <= TAG_KEY_LENGTH_MAX;
  if (lower !== 'instanceids' && lower !== 'tag-key' && !isTag && !isGroup) {
    ctx.fail('ValidationException', `Targets: '${key}' is not a valid target key. ${TARGET_KEYS}`);
  }
  if (values.length === 0) ctx.fail('ValidationException', `Targets: '${key}' needs at least one value.`);
  if (lower === 'resource-groups:name' && values.length > 1)
    ctx.fail('ValidationException', `Targets: '${key}' takes one value, the name of a resource group.`);
  if (lower === 'resource-groups:resourcetypefilters' && values.length > RESOURCE_TYPES_MAX)
    ctx.fail('ValidationException', `Targets: '${key}' takes at most ${RESOURCE_TYPES_MAX} values.`);
  if (lower === 'instanceids') {
    const bad = values.find((value) => !/^(i-(\w{8}|\w{17})|mi-\w{17})$/.test(value));
    if (bad !== undefined) ctx.fail('InvalidInstanceId', `Instances [[${bad}]] are not valid instance ids.`);
  }
}
