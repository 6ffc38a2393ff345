// Actions of the stock agent that mean nothing on a node of a self-hosted server, or not yet: each fails its step with the reason. They are
// listed so that the platforms on which the stock agent skips them are skipped here, too, and everywhere else the reader learns why.
import { failure } from '../documents/result.ts';
import type { PlatformType } from '../machine/facts.ts';
import type { Plugin } from './plugin.ts';

const EVERYWHERE: readonly PlatformType[] = ['Linux', 'MacOS', 'Windows'];

const REASONS: readonly (readonly [action: string, platforms: readonly PlatformType[], reason: string])[] = [
  [
    'aws:domainJoin',
    ['Linux', 'Windows'],
    'it joins directories of AWS Directory Service, and there is none. Join the domain with a script (realm join, Add-Computer).',
  ],
  [
    'aws:cloudWatch',
    ['Windows'],
    'it configures the metrics of the old Windows agent for Amazon CloudWatch. Install a collector as a package (aws:configurePackage).',
  ],
  [
    'aws:configureDaemon',
    ['Windows'],
    'it is internal to the stock agent. Install a service as a package (aws:configurePackage).',
  ],
  ['aws:softwareInventory', EVERYWHERE, 'this version of the agent gathers no inventory.'],
  ['aws:refreshAssociation', EVERYWHERE, 'this version of the agent runs no associations.'],
];

export const notHere: readonly Plugin[] = REASONS.map(([action, platforms, reason]) => ({
  action,
  platforms,
  variableSyntax: 'shell',
  run: () => Promise.resolve(failure(`${action} is not supported here: ${reason}`)),
}));
