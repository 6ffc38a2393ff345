// Service `muster`: our own extensions, JSON 1.1 like the service they stand beside (target `Muster.<Operation>`, IAM prefix `muster:`). One part
// for each domain that extends AWS, in the folder muster/; each part has its own types file.
import { musterAuditModel } from './muster/audit.model.ts';
import { musterDocumentsModel } from './muster/documents.model.ts';
import { musterIdentityModel } from './muster/identity.model.ts';
import { musterParametersModel } from './muster/parameters.model.ts';
import { musterRunCommandModel } from './muster/run-command.model.ts';
import { mergeModels, type ServiceModel } from './service-model.ts';

const head: ServiceModel = {
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

/** Types: `muster/<part>.types.gen.ts` declares `Muster<Part>Api`. */
export const musterParts = {
  audit: musterAuditModel,
  'run-command': musterRunCommandModel,
  documents: musterDocumentsModel,
  identity: musterIdentityModel,
  parameters: musterParametersModel,
} as const;

export const musterModel: ServiceModel = Object.values(musterParts).reduce<ServiceModel>(
  (model, part) => mergeModels(model, part),
  head,
);
