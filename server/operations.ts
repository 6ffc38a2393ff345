// Every operation that has a handler, without its domain: for the coverage table and for the tests that walk the table.
import { operations as audit } from './cloud/audit/index.ts';
import { operations as identity } from './cloud/identity/index.ts';
import { operations as keys } from './cloud/keys/index.ts';
import { operations as account } from './account/index.ts';
import { operations as documents } from './documents/index.ts';
import { operations as nodes } from './nodes/index.ts';
import { operations as parameters } from './parameters/index.ts';
import type { AnyOperation } from './platform/api/operation.ts';
import { operations as channels } from './platform/channels/index.ts';
import { operations as resourceGroups } from './resource-groups/index.ts';
import { operations as runCommand } from './run-command/index.ts';

export function declaredOperations(): readonly AnyOperation<never>[] {
  return [
    ...identity,
    ...audit,
    ...keys,
    ...account,
    ...resourceGroups,
    ...documents,
    ...parameters,
    ...nodes,
    ...channels,
    ...runCommand,
  ];
}
