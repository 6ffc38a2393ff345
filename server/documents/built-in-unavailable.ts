// Names of AWS's documents that people may ask for and that cannot be true here (yet), each with its reason: who asks for one is told it, not
// that there is no such document. A name that ends in * stands for all that begin so.

const PATCHING = 'it needs Patch Manager, which this server does not have yet';

export const unavailableBuiltIns: ReadonlyMap<string, string> = new Map([
  ['AWS-ApplyPatchBaseline', PATCHING],
  [
    'AWS-ConfigureCloudWatch',
    'it is for EC2Config and the aws:cloudWatch action of old Windows agents, which this server does not support; use AmazonCloudWatch-ManageAgent',
  ],
  ['AWS-GatherSoftwareInventory', 'it needs Inventory, which this server does not have yet'],
  ['AWS-JoinDirectoryServiceDomain', 'it needs a directory of AWS Directory Service, which this server does not have'],
  [
    'AWS-PatchRebootAssociation',
    'it restarts what patching has marked, which needs Patch Manager, and this server does not have that yet',
  ],
  ['AWS-RefreshAssociation', 'it needs State Manager, which this server does not have yet'],
  ['AWS-RunPatchBaseline', PATCHING],
  ['AWS-RunPatchBaselineAssociation', PATCHING],
  ['AWS-RunPatchBaselineWithHooks', PATCHING],
  ['AWSFleetManager-*', 'it is a part of Fleet Manager’s pages and needs Session Manager, which this server does not have yet'],
]);

/** `nameOrArn` as the caller gave it. */
export function whyUnavailable(nameOrArn: string): string | undefined {
  const name = nameOrArn.replace(/^arn:.*:document\//, '');
  const [prefix] = name.split('-', 1);
  return unavailableBuiltIns.get(name) ?? unavailableBuiltIns.get(`${prefix}-*`);
}
