// What comes next in installing or uninstalling a package, from what has ended so far. Pure: an agent that comes back asks the same and goes on.
//
//   Install, nothing there            fetch ─▶ install
//   Install, another version there    fetch ─▶ uninstall-old ─▶ install ──fails──▶ undo ─▶ restore (the old one; the step fails)
//   In-place update                   fetch ─▶ update
//   Uninstall                         uninstall
//
// As the stock agent: an old version that does not uninstall is not in the way of the new one. A phase that was cancelled, timed out or
// interrupted ends all: nobody knows how far it came, so nothing is built upon it.
import type { PackageState, PackageVersion } from './package-store.ts';

export type Phase = 'fetch' | 'uninstall-old' | 'install' | 'update' | 'undo' | 'restore' | 'uninstall';
export type PhaseEnd = 'done' | 'failed' | 'reboot' | 'timed-out' | 'cancelled' | 'interrupted';
export type ScriptName = 'install' | 'uninstall' | 'update';

export interface PackagePlan {
  readonly action: 'Install' | 'Uninstall';
  readonly name: string;
  /** Install: what is to be there. */
  readonly target: PackageVersion | undefined;
  /** What is there, if it is another one than the target: a second try of the same replaces nothing. */
  readonly installed: PackageVersion | undefined;
  readonly inPlace: boolean;
  readonly startedAtMs: number;
}

interface Known {
  readonly version: PackageVersion;
  readonly state: PackageState;
}

export type NextStep =
  | {
      readonly kind: 'run';
      readonly phase: Phase;
      readonly version: PackageVersion;
      /** Undefined: the download. */
      readonly script: ScriptName | undefined;
      /** Recorded before it runs. */
      readonly before: PackageState | undefined;
    }
  | {
      readonly kind: 'end';
      readonly end: PhaseEnd;
      readonly message: string;
      /** What is recorded: undefined leaves what is; null: the package is not there. */
      readonly record: Known | null | undefined;
      /** Content that is not needed any more. */
      readonly remove: readonly PackageVersion[];
    };

type Ends = ReadonlyMap<Phase, PhaseEnd>;

export function nextStep(plan: PackagePlan, ends: Ends): NextStep {
  const { target, installed } = plan;
  if (plan.action === 'Uninstall') {
    if (installed === undefined) throw new Error('an uninstall of what is not there has no steps');
    return nextOfUninstall(plan, installed, ends);
  }
  if (target === undefined) throw new Error('an install has a target');
  const fetched = ends.get('fetch');
  if (fetched === undefined) return { kind: 'run', phase: 'fetch', version: target, script: undefined, before: undefined };
  if (fetched !== 'done') {
    return ended(fetched, `Failed to download ${named(plan, target)}`, undefined, []);
  }
  return plan.inPlace && installed !== undefined
    ? nextOfUpdate(plan, target, installed, ends)
    : nextOfInstall(plan, target, installed, ends);
}

function nextOfUninstall(plan: PackagePlan, installed: PackageVersion, ends: Ends): NextStep {
  const end = ends.get('uninstall');
  if (end === undefined) return run('uninstall', installed);
  if (end === 'done') return ended(end, `Successfully uninstalled ${named(plan, installed)}`, null, [installed]);
  if (end === 'reboot') return ended(end, `Rebooting to finish uninstall of ${named(plan, installed)}`, undefined, []);
  return ended(end, `Failed to uninstall ${named(plan, installed)}`, { version: installed, state: 'Failed' }, []);
}

function nextOfUpdate(plan: PackagePlan, target: PackageVersion, installed: PackageVersion, ends: Ends): NextStep {
  const end = ends.get('update');
  if (end === undefined) return run('update', target);
  const old = [installed];
  if (end === 'done')
    return ended(end, `Successfully updated ${named(plan, target)}`, { version: target, state: 'Installed' }, old);
  if (end === 'reboot') return ended(end, `Rebooting to finish update of ${named(plan, target)}`, undefined, []);
  return ended(end, `Failed to update to ${named(plan, target)}`, { version: target, state: 'Failed' }, old);
}

function nextOfInstall(plan: PackagePlan, target: PackageVersion, installed: PackageVersion | undefined, ends: Ends): NextStep {
  if (installed !== undefined) {
    const uninstalled = ends.get('uninstall-old');
    if (uninstalled === undefined) return run('uninstall-old', installed);
    if (uninstalled === 'reboot')
      return ended('reboot', `Rebooting to finish uninstall of ${named(plan, installed)}`, undefined, []);
    if (uninstalled !== 'done' && uninstalled !== 'failed') {
      const message = `Failed to uninstall ${named(plan, installed)}`;
      return ended(uninstalled, message, { version: installed, state: 'Failed' }, [target]);
    }
  }
  const end = ends.get('install');
  if (end === undefined) return run('install', target);
  const old = installed === undefined ? [] : [installed];
  if (end === 'done') {
    return ended(end, `Successfully installed ${named(plan, target)}`, { version: target, state: 'Installed' }, old);
  }
  if (end === 'reboot') return ended(end, `Rebooting to finish installation of ${named(plan, target)}`, undefined, []);
  if (end === 'failed' && installed !== undefined) return nextOfRollback(plan, target, installed, ends);
  return ended(end, `Failed to install ${named(plan, target)}`, { version: target, state: 'Failed' }, old);
}

function nextOfRollback(plan: PackagePlan, target: PackageVersion, installed: PackageVersion, ends: Ends): NextStep {
  const undone = ends.get('undo');
  if (undone === undefined) return run('undo', target);
  if (undone === 'reboot') return ended(undone, `Rebooting to finish uninstall of ${named(plan, target)}`, undefined, []);
  if (undone !== 'done' && undone !== 'failed') {
    return ended(undone, `Failed to install ${named(plan, target)}`, { version: target, state: 'Failed' }, []);
  }
  const restored = ends.get('restore');
  if (restored === undefined) return run('restore', installed);
  const failed = `Failed to install ${named(plan, target)}`;
  if (restored === 'done') {
    const message = `${failed}, successfully rolled back to ${named(plan, installed)}`;
    return ended('failed', message, { version: installed, state: 'Installed' }, [target]);
  }
  if (restored === 'reboot')
    return ended(restored, `${failed}, rebooting to roll back to ${named(plan, installed)}`, undefined, []);
  const message = `${failed}, and failed to roll back to ${named(plan, installed)}`;
  return ended(restored, message, { version: installed, state: 'Failed' }, [target]);
}

const SCRIPT_OF = {
  'uninstall-old': 'uninstall',
  install: 'install',
  update: 'update',
  undo: 'uninstall',
  restore: 'install',
  uninstall: 'uninstall',
} as const;

function run(phase: Exclude<Phase, 'fetch'>, version: PackageVersion): NextStep {
  const script = SCRIPT_OF[phase];
  return { kind: 'run', phase, version, script, before: script === 'uninstall' ? 'Uninstalling' : 'Installing' };
}

function ended(end: PhaseEnd, message: string, record: Known | null | undefined, remove: readonly PackageVersion[]): NextStep {
  return { kind: 'end', end, message, record, remove };
}

function named(plan: PackagePlan, { version }: PackageVersion): string {
  return `${plan.name} ${version}`;
}

export function isSame(left: PackageVersion, right: PackageVersion | undefined): boolean {
  return left.version === right?.version && left.sha256 === right.sha256;
}
