// aws:configurePackage: a package of the server installed, updated or removed. What is to be done is decided once (`plan.json`), then one phase
// after the other runs under the supervisor, each in a directory of its own; which comes next follows from how those before ended
// (packages/operation.ts). So an agent that comes back finds the plan, attaches to what runs, and repeats nothing.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from '../documents/result.ts';
import type { PluginOutcome } from '../documents/result.ts';
import { findText, writeDurably } from '../machine/files.ts';
import { describeError } from '../machine/log.ts';
import { packageEnvironment } from '../packages/machine.ts';
import { parsePackageInputs } from '../packages/inputs.ts';
import type { PackageInputs } from '../packages/inputs.ts';
import { PackageError } from '../packages/manifest.ts';
import { isSame, nextStep } from '../packages/operation.ts';
import type { NextStep, PackagePlan, Phase, PhaseEnd } from '../packages/operation.ts';
import { findPackage, isLatest } from '../packages/package-source.ts';
import { OUTCOME_FILE, PackageFolder } from '../packages/package-store.ts';
import type { PackageVersion } from '../packages/package-store.ts';
import { packageOutcome, phaseReport } from './package-outcome.ts';
import type { PhaseEndReport, PhaseReport } from './package-outcome.ts';
import { reportPackageResult } from './package-report.ts';
import type { Plugin, PluginContext } from './plugin.ts';
import { powerShell } from './script-kinds.ts';
import { ownRun, runDirectory, scriptTimeoutSeconds } from './script-step.ts';
import { superviseFetch } from './supervised-fetch.ts';

const configurePackage: Plugin = {
  action: 'aws:configurePackage',
  platforms: ['Linux', 'MacOS', 'Windows'],
  variableSyntax: 'shell',
  async run(inputs, context) {
    const told = findText(join(context.directory, OUTCOME_FILE));
    if (told !== undefined) return JSON.parse(told) as PluginOutcome;
    let asked: PackageInputs;
    try {
      asked = parsePackageInputs(inputs);
    } catch (error) {
      if (error instanceof PackageError) return failure(error.message);
      throw error;
    }
    mkdirSync(context.directory, { recursive: true, mode: 0o700 });
    const folder = new PackageFolder(context.packages.directory, asked.name);
    if (!folder.lock(context.directory)) {
      return failure(`Package "${asked.name}" is already in the process of another operation: try again when it has ended`);
    }
    let isOver = true;
    try {
      return await configure(asked, scriptTimeoutSeconds(inputs['timeoutSeconds']), folder, context);
    } catch (error) {
      if (error instanceof PackageError) return failure(error.message);
      // The next agent goes on.
      isOver = !context.signal.aborted;
      throw error;
    } finally {
      if (isOver) folder.unlock(context.directory);
    }
  },
};

async function configure(
  asked: PackageInputs,
  timeoutSeconds: number,
  folder: PackageFolder,
  context: PluginContext,
): Promise<PluginOutcome> {
  const kept = findText(join(context.directory, 'plan.json'));
  const planned = kept === undefined ? await makePlan(asked, folder, context) : (JSON.parse(kept) as KeptPlan);
  if ('status' in planned) return planned;
  const { plan, url } = planned;
  const ends = new Map<Phase, PhaseEnd>();
  const reports: PhaseReport[] = [];
  for (;;) {
    const next = nextStep(plan, ends);
    if (next.kind === 'end') return finish(plan, next, reports, folder, context);
    const report = await runPhase(next, url, asked, timeoutSeconds, folder, context);
    ends.set(next.phase, report.end);
    const title = `Initiating ${plan.name} ${next.version.version} ${next.phase}`;
    reports.push({ ...report, phase: next.phase, title, timingMs: context.clock.nowMs() - plan.startedAtMs });
  }
}

interface KeptPlan {
  readonly plan: PackagePlan;
  /** Where the target's archive is; it may carry a signature of the server. */
  readonly url: string | undefined;
}

/** An outcome when there is nothing to do. */
async function makePlan(asked: PackageInputs, folder: PackageFolder, context: PluginContext): Promise<KeptPlan | PluginOutcome> {
  const { name, action, version, inPlace } = asked;
  const known = folder.find();
  const startedAtMs = context.clock.nowMs();
  if (action === 'Uninstall') {
    if (known === undefined) return nothingToDo(`${name} is not installed`);
    if (!isLatest(version) && version !== known.version) {
      return nothingToDo(`${name} ${version} is not installed: version ${known.version} is`);
    }
    return keep({ plan: { action, name, target: undefined, installed: known, inPlace, startedAtMs }, url: undefined }, context);
  }
  let found: Awaited<ReturnType<typeof findPackage>>;
  try {
    found = await findPackage(context.api, name, version, context.packages.machine());
  } catch (error) {
    throw error instanceof PackageError
      ? error
      : new PackageError(`failed to download manifest - ${describeError(error)}`, { cause: error });
  }
  const target: PackageVersion = { version: found.version, sha256: found.sha256 };
  const isThere = known !== undefined && isSame(target, known);
  if (isThere && known.state === 'Installed' && folder.hasContent(target)) {
    return nothingToDo(`${name} ${target.version} is already installed`);
  }
  requireAddress(found.url, context);
  const installed = known === undefined || isThere ? undefined : { version: known.version, sha256: known.sha256 };
  return keep({ plan: { action, name, target, installed, inPlace, startedAtMs }, url: found.url }, context);
}

function keep(planned: KeptPlan, context: PluginContext): KeptPlan {
  writeDurably(join(context.directory, 'plan.json'), JSON.stringify(planned));
  return planned;
}

function nothingToDo(sentence: string): PluginOutcome {
  return { status: 'Success', code: 0, standardOutput: sentence, standardError: '', ends: false };
}

function requireAddress(address: string, context: PluginContext): void {
  const protocol = URL.parse(address)?.protocol;
  if (protocol === 'https:' || (protocol === 'http:' && context.packages.allowInsecure)) return;
  throw new PackageError('the server gives an address for the package that is not https: it is not fetched');
}

async function runPhase(
  next: Extract<NextStep, { kind: 'run' }>,
  url: string | undefined,
  asked: PackageInputs,
  timeoutSeconds: number,
  folder: PackageFolder,
  context: PluginContext,
): Promise<PhaseEndReport> {
  const base = join(context.directory, next.phase);
  const directory = runDirectory(base, ownRun(base, context.run, context.platform));
  const content = folder.content(next.version);
  const { sha256 } = next.version;
  const { ca } = context.content;
  if (next.script === undefined) {
    const allowInsecure = context.packages.allowInsecure;
    const target = { kind: 'directory', path: content } as const;
    const end = await superviseFetch(context, directory, timeoutSeconds, () => ({
      url: url ?? '',
      allowInsecure,
      sha256,
      ca,
      target,
    }));
    return phaseReport(next.phase, end, directory, context.platform, timeoutSeconds);
  }
  const fileName = `${next.script}.${context.platform === 'Windows' ? 'ps1' : 'sh'}`;
  const script = join(content, fileName);
  const hasStarted = existsSync(join(directory, 'started'));
  if (!hasStarted && !existsSync(script)) return withoutScript(next.script, fileName);
  if (!hasStarted && next.before !== undefined) folder.save(next.version, next.before);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const end = await context.supervise({
    directory,
    command: context.platform === 'Windows' ? powerShell('powershell.exe', script) : ['sh', script],
    timeoutSeconds,
    // The content is gone when an agent comes back to a phase that has ended.
    workingDirectory: existsSync(content) ? content : directory,
    environment: scriptEnvironment(asked, next.script, context),
  });
  return phaseReport(next.phase, end, directory, context.platform, timeoutSeconds);
}

/** What a package cannot do to go away is no reason to keep it; one that cannot be installed is broken. */
function withoutScript(script: string, fileName: string): PhaseEndReport {
  const isRemoval = script === 'uninstall';
  const sentence = isRemoval ? `the package has no ${fileName}: only its files are removed` : `the package has no ${fileName}`;
  return { end: isRemoval ? 'done' : 'failed', code: isRemoval ? 0 : 1, standardOutput: '', standardError: sentence };
}

/** Additional arguments are last in rank: they take no variable that somebody relies on. */
function scriptEnvironment(asked: PackageInputs, script: string, context: PluginContext): Readonly<Record<string, string>> {
  const { environment, packages } = context;
  const [instanceId, region] = [environment['AWS_SSM_INSTANCE_ID'] ?? '', environment['AWS_SSM_REGION_NAME'] ?? ''];
  return { ...asked.environment, ...environment, ...packageEnvironment(packages.machine(), instanceId, region, script) };
}

/** Record, then content, then the outcome: whoever comes back before the last does the same again. */
function finish(
  plan: PackagePlan,
  next: Extract<NextStep, { kind: 'end' }>,
  reports: readonly PhaseReport[],
  folder: PackageFolder,
  context: PluginContext,
): PluginOutcome {
  const { record, remove } = next;
  if (record === null) folder.forget();
  else if (record !== undefined) folder.save(record.version, record.state);
  for (const version of remove) folder.removeContent(version);
  const outcome = packageOutcome(next, reports);
  if (outcome.status === 'SuccessAndReboot') return outcome;
  writeDurably(join(context.directory, OUTCOME_FILE), JSON.stringify(outcome));
  reportPackageResult(plan, outcome, reports, context);
  return outcome;
}

export default configurePackage;
