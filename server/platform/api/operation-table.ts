// The operations that have handlers, by service and name, checked against the models when the server starts: what is declared wrongly
// never serves a request.
import { compileService } from './codec/service.ts';
import type { Service, ServiceOperation } from './codec/service.ts';
import type { ServiceModel } from './models/service-model.ts';
import type { BoundOperation } from './operation.ts';

export interface TableEntry {
  readonly service: Service;
  readonly operation: ServiceOperation;
  readonly bound: BoundOperation;
  /** As CloudTrail names the service: `ssm.amazonaws.com`. */
  readonly eventSource: string;
}

export interface OperationTable {
  readonly services: readonly Service[];
  find(service: string, name: string): TableEntry | undefined;
}

export function createOperationTable(models: readonly ServiceModel[], bound: readonly BoundOperation[]): OperationTable {
  const services = models.map(compileService);
  const entries = new Map(services.map(({ name }) => [name, new Map<string, TableEntry>()]));
  for (const one of bound) {
    const key = `${one.service}:${one.name}`;
    const service = services.find((candidate) => candidate.name === one.service);
    const operation = service?.operation(one.name);
    if (service === undefined || operation === undefined) throw new Error(`operation ${key} stands in no service model`);
    const ofService = entries.get(service.name);
    if (ofService?.has(one.name) === true) throw new Error(`operation ${key} is declared twice`);
    if (one.unsigned === true && operation.model.unsigned !== true)
      throw new Error(`operation ${key} takes no signature, but its model does not say so`);
    ofService?.set(one.name, { service, operation, bound: one, eventSource: `${service.model.endpointPrefix}.amazonaws.com` });
  }
  return { services, find: (service, name) => entries.get(service)?.get(name) };
}
