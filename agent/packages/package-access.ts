// What package steps need of the node: where packages lie, and what machine it is.
import { join } from 'node:path';
import type { FactSources, MachineFacts } from '../machine/facts.ts';
import { detectPackageMachine } from './machine.ts';
import type { PackageMachine } from './machine.ts';

export interface PackageAccess {
  /** `DIR/packages`. */
  readonly directory: string;
  /** Files may come by plain http: only where the node speaks it with its server, too. */
  readonly allowInsecure: boolean;
  /** Looked up when it is needed: few nodes ever do. */
  machine(): PackageMachine;
}

export interface PackageAccessOptions {
  readonly dataDir: string;
  readonly endpointIsSecure: boolean;
  readonly facts: MachineFacts;
  readonly sources: FactSources;
}

export function createPackageAccess(options: PackageAccessOptions): PackageAccess {
  const { facts, sources } = options;
  return {
    directory: join(options.dataDir, 'packages'),
    allowInsecure: !options.endpointIsSecure,
    machine: () => detectPackageMachine(sources, facts.platformType, facts.platformVersion, process.arch),
  };
}
