// A batch of what agents told, command by command. Pure.
import type { CommandId, Scope } from '../platform/ids.ts';
import type { CommandKey } from './command.ts';

export function byCommand<Item extends Scope>(
  items: readonly Item[],
  commandIdFor: (item: Item) => CommandId | undefined,
): Iterable<readonly [CommandKey, Item[]]> {
  const groups = new Map<string, readonly [CommandKey, Item[]]>();
  for (const item of items) {
    const commandId = commandIdFor(item);
    if (commandId === undefined) continue;
    const groupKey = `${item.account}/${item.region}/${commandId}`;
    const group = groups.get(groupKey);
    if (group === undefined) groups.set(groupKey, [{ account: item.account, region: item.region, commandId }, [item]]);
    else group[1].push(item);
  }
  // In one order everywhere, so that two replicas lock commands alike.
  return [...groups.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}
