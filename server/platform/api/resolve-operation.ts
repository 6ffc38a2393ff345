// From a route to the operation's entry in the table, or the error that says why there is none.
import { missingToken } from '../access/index.ts';
import type { Service } from './codec/service.ts';
import { fail } from './errors.ts';
import type { OperationTable, TableEntry } from './operation-table.ts';
import { formFields } from './protocols/index.ts';
import type { WireRequest } from './protocols/wire.ts';
import type { Route } from './route.ts';

/** The operation that the head names; throws where it is unknown or has no handler. */
export function entryOfRoute(table: OperationTable, routed: Route): TableEntry {
  if (routed.kind === 'unknown-operation') return unknownOperation(routed.service.name, routed.name);
  if (routed.kind !== 'operation') throw new Error(`a route of kind ${routed.kind} names no operation`);
  const entry = table.find(routed.service.name, routed.operation);
  if (entry === undefined) return withoutHandler(routed.service.name, routed.operation);
  return entry;
}

/** The operation that a form names. */
export function entryOfForm(table: OperationTable, service: Service, wire: WireRequest): TableEntry {
  const action = formFields(wire).get('Action');
  if (action === undefined) return fail('MissingAction', 'The request must contain the parameter Action.', { httpStatus: 400 });
  if (!Object.hasOwn(service.model.operations, action)) return unknownOperation(service.name, action.slice(0, 200));
  const entry = table.find(service.name, action);
  if (entry === undefined) return withoutHandler(service.name, action);
  return entry;
}

/** The same of a form that nobody signed: what needs a signature, or is not there, is one and the same to a stranger. */
export function entryOfStranger(table: OperationTable, service: Service, wire: WireRequest): TableEntry {
  const action = formFields(wire).get('Action');
  const entry = action === undefined ? undefined : table.find(service.name, action);
  if (entry?.bound.unsigned !== true) throw missingToken();
  return entry;
}

function unknownOperation(service: string, name: string): never {
  return fail('UnknownOperationException', `${name} is not an operation of the service ${service}.`);
}

function withoutHandler(service: string, name: string): never {
  return fail('UnknownOperationException', `The operation ${service}:${name} is known to this server, but not implemented yet.`);
}
