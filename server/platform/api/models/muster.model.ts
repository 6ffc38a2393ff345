// Service `muster`: our own extensions, JSON 1.1 like the service they stand beside (target `Muster.<Operation>`, IAM prefix `muster:`).
// Empty until the first extension is declared.
import type { ServiceModel } from './service-model.ts';

export const musterModel: ServiceModel = {
  service: 'muster',
  apiVersion: '2026-11-01',
  protocols: ['json'],
  jsonVersion: '1.1',
  signingName: 'muster',
  endpointPrefix: 'muster',
  targetPrefix: 'Muster',
  operations: {},
  shapes: {},
};
