// The document actions that agents have, as far as a document's author should know of them before a node says it: where they run and
// which inputs they cannot do without.
import type { SsmDocument } from '@muster/protocol/document.ts';
import { ALL_PLATFORMS } from './kind.ts';
import type { DocumentPlatform } from './kind.ts';

export interface PluginFacts {
  readonly platforms: readonly DocumentPlatform[];
  readonly required: readonly string[];
}

const everywhere = (...required: readonly string[]): PluginFacts => ({ platforms: ALL_PLATFORMS, required });
const on = (platforms: readonly DocumentPlatform[], ...required: readonly string[]): PluginFacts => ({ platforms, required });

const PLUGINS: ReadonlyMap<string, PluginFacts> = new Map([
  ['aws:runShellScript', on(['Linux', 'MacOS'], 'runCommand')],
  ['aws:runPowerShellScript', everywhere('runCommand')],
  ['aws:runDocument', everywhere('documentType', 'documentPath')],
  ['aws:downloadContent', everywhere('sourceType', 'sourceInfo')],
  ['aws:configurePackage', everywhere('name', 'action')],
  ['aws:softwareInventory', everywhere()],
  ['aws:refreshAssociation', everywhere()],
  ['aws:updateSsmAgent', everywhere()],
  ['aws:updateAgent', everywhere()],
  ['aws:applications', on(['Windows'], 'action', 'source')],
  ['aws:psModule', on(['Windows'])],
  ['aws:domainJoin', on(['Windows', 'Linux'], 'directoryId', 'directoryName')],
  ['aws:cloudWatch', on(['Windows'])],
  ['aws:configureDaemon', on(['Windows'])],
  ['aws:configureDocker', on(['Windows', 'Linux'], 'action')],
  ['aws:runDockerAction', on(['Windows', 'Linux'], 'action')],
]);

export function findPlugin(action: string): PluginFacts | undefined {
  return PLUGINS.get(action);
}

/** Where at least one step can run. An action that nobody knows may be one of a newer agent: it is taken to run everywhere. */
export function platformsOf(document: SsmDocument): readonly DocumentPlatform[] {
  const found = new Set(document.steps.flatMap((step) => findPlugin(step.action)?.platforms ?? ALL_PLATFORMS));
  return ALL_PLATFORMS.filter((platform) => found.has(platform));
}
