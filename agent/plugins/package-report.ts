// PutConfigurePackageResult: tells the server how a package's operation went, as the stock agent does. The command's own reply is what counts:
// this is one try, and nobody waits for it.
import type { PluginOutcome } from '../documents/result.ts';
import { ON_PREMISES } from '../packages/machine.ts';
import type { PackagePlan } from '../packages/operation.ts';
import type { PhaseReport } from './package-outcome.ts';
import type { PluginContext } from './plugin.ts';

export function reportPackageResult(
  plan: PackagePlan,
  outcome: PluginOutcome,
  reports: readonly PhaseReport[],
  context: PluginContext,
): void {
  const machine = context.packages.machine();
  const { environment } = context;
  const { target, installed } = plan;
  const overallMs = Math.max(0, context.clock.nowMs() - plan.startedAtMs);
  const input = {
    PackageName: plan.name,
    PackageVersion: (target ?? installed)?.version ?? '',
    ...(target !== undefined && installed !== undefined ? { PreviousPackageVersion: installed.version } : {}),
    Operation: plan.action,
    OverallTiming: overallMs,
    Result: outcome.status === 'Success' ? 0 : outcome.code === 0 ? 1 : outcome.code,
    Attributes: {
      platformName: machine.platform,
      platformVersion: machine.platformVersion,
      architecture: machine.architecture,
      instanceID: environment['AWS_SSM_INSTANCE_ID'] ?? '',
      instanceType: ON_PREMISES,
      region: environment['AWS_SSM_REGION_NAME'] ?? '',
      availabilityZone: ON_PREMISES,
    },
    // At most seven phases: the stock agent's fifty lines say no more.
    Steps: reports.map((report) => ({ Action: report.phase, Result: report.code, Timing: Math.max(0, report.timingMs) })),
  };
  void context.api.call('PutConfigurePackageResult', input).catch(() => undefined);
}
