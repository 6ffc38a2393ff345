// Every Command document that comes with the server is run through it on a real agent. The tools that documents need of a node (Ansible, Docker,
// …) are stand-ins in front of the agent's PATH that print what they were called with. Needs: git, a POSIX shell, curl or wget.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createSocketTransport } from '@muster/testkit/fleet/transport.ts';
import type { FleetTransport } from '@muster/testkit/fleet/transport.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import type { CallAnswer } from '@muster/testkit/signed-call.ts';
import { AgentFleet } from './agent-fleet.ts';
import { withoutAwsCli } from './aws-cli.ts';
import { eventually } from './eventually.ts';
import { RunningServer } from './running-server.ts';

const options = { skip: withoutAwsCli };
const SOON_MS = 30_000;
const FINAL = ['Success', 'Failed', 'Cancelled', 'TimedOut'];
/** Run by remote-scripts.test.ts. */
const RUN_ELSEWHERE = ['AWS-RunDocument', 'AWS-RunRemoteScript'];
/** Prints its name and each argument on a line of its own. */
const SHOW = `printf '%s\\n' "\${0##*/}" "$@"`;
/** What a shell would make something of. */
const HOSTILE = `'"$(id)\`id\`;&|\\`;

const files: Record<string, string> = {};
const web = createServer((request, response) => {
  const text = files[request.url ?? ''];
  response.writeHead(text === undefined ? 404 : 200).end(text);
});
const ran = new Set<string>(RUN_ELSEWHERE);
let server: RunningServer;
let fleet: AgentFleet;
let transport: FleetTransport;
let tools: string;

before(async () => {
  if (withoutAwsCli !== false) return;
  server = await RunningServer.start({ command: 'server' });
  tools = join(server.dataDir, '..', 'tools');
  mkdirSync(tools);
  const path = `${tools}:${process.env['PATH'] ?? ''}`;
  fleet = await AgentFleet.start(server, 1, { key: 'Role', value: 'built-in' }, { PATH: path });
  transport = createSocketTransport(server.endpoint, readFileSync(server.caFile, 'utf8'));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  web.close();
  transport?.close();
  await fleet?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

interface StepTold {
  readonly Name: string;
  readonly Status: string;
  readonly ResponseCode: number;
  readonly Output: string;
}
interface InvocationTold {
  readonly Status: string;
  readonly StatusDetails: string;
  readonly CommandPlugins: readonly StepTold[];
}

async function call(operation: string, input: object): Promise<CallAnswer> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = server.environment;
  const caller = { transport, region: server.environment['AWS_DEFAULT_REGION'] ?? '', now: new Date() };
  return callOperation({ ...caller, credentials: { accessKeyId, secretAccessKey } }, 'ssm', operation, { ...input });
}

async function send(documentName: string, parameters: Readonly<Record<string, string>>, target: object): Promise<string> {
  ran.add(documentName);
  const given = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
  const sent = await call('SendCommand', { DocumentName: documentName, Parameters: given, ...target });
  assert.equal(sent.status, 200, sent.body);
  return (JSON.parse(sent.body) as { Command: { CommandId: string } }).Command.CommandId;
}

async function finished(commandId: string): Promise<InvocationTold> {
  return eventually(`command ${commandId} is final`, SOON_MS, async () => {
    const listed = await call('ListCommandInvocations', { CommandId: commandId, Details: true });
    const [told] = (JSON.parse(listed.body) as { CommandInvocations: readonly InvocationTold[] }).CommandInvocations;
    return told !== undefined && FINAL.includes(told.Status) ? told : undefined;
  });
}

/** The last step that was not skipped. */
async function run(documentName: string, parameters: Readonly<Record<string, string>> = {}): Promise<StepTold> {
  const told = await finished(await send(documentName, parameters, { InstanceIds: [node()] }));
  const step = told.CommandPlugins.findLast(({ Output }) => !Output.includes('skipped'));
  return step ?? assert.fail(JSON.stringify(told));
}

function node(): string {
  return fleet.agents[0]?.nodeId ?? '';
}

/** A program in front of the agent's PATH, as long as the test runs. */
function standIn(name: string, script: string): Disposable {
  const path = join(tools, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

function serve(path: string, text: string): string {
  files[path] = text;
  return `http://127.0.0.1:${(web.address() as AddressInfo).port}${path}`;
}

function fromWeb(path: string, text: string): string {
  return JSON.stringify({ url: serve(path, text), allowInsecureDownload: true });
}

function success(step: StepTold, ...lines: readonly string[]): void {
  assert.equal(step.Status, 'Success', JSON.stringify(step));
  for (const line of lines) assert.ok(step.Output.split('\n').includes(line), `no line ${line} in ${step.Output}`);
}

function failure(step: StepTold, why: RegExp): void {
  assert.equal(step.Status, 'Failed', JSON.stringify(step));
  assert.match(step.Output, why);
}

test('AWS-RunShellScript runs commands', options, async () => {
  success(await run('AWS-RunShellScript', { commands: 'echo hello' }), 'hello');
});

test('AWS-RunPowerShellScript hands its commands to PowerShell', options, async () => {
  using _ = standIn('pwsh', 'for file; do :; done; cat "$file"');
  success(await run('AWS-RunPowerShellScript', { commands: 'Write-Output "hello"' }), 'Write-Output "hello"');
});

test('AWS-ApplyAnsiblePlaybooks runs the downloaded playbook with its arguments as they are', options, async () => {
  using _ = standIn('ansible-playbook', SHOW);
  const step = await run('AWS-ApplyAnsiblePlaybooks', {
    SourceType: 'HTTP',
    SourceInfo: fromWeb('/site.yml', '- hosts: all\n'),
    PlaybookFile: 'site.yml',
    ExtraVariables: 'color=red taste=`id`$HOME"',
    Check: 'True',
    Verbose: '-vv',
  });
  success(step, 'ansible-playbook', '-vv', '--check', '--extra-vars', 'color=red taste=`id`$HOME"', './site.yml');
});

test('AWS-ApplyAnsiblePlaybooks installs Ansible only if it may', options, async () => {
  const given = { SourceType: 'HTTP', SourceInfo: fromWeb('/site.yml', '- hosts: all\n'), PlaybookFile: 'site.yml' };
  const told = await run('AWS-ApplyAnsiblePlaybooks', { ...given, InstallDependencies: 'False' });
  failure(told, /ansible-playbook is not on this node: install Ansible, or set InstallDependencies to True/);
  const program = join(tools, 'ansible-playbook');
  using _ = standIn('apt-get', `[ "$1" = update ] || { printf '#!/bin/sh\\necho fresh\\n' > ${program}; chmod +x ${program}; }`);
  success(await run('AWS-ApplyAnsiblePlaybooks', given), 'fresh');
  rmSync(program);
});

test('AWS-ApplyChefRecipes runs recipes of a cookbook in Chef’s local mode', options, async () => {
  const repository = join(server.dataDir, '..', 'cookbook');
  mkdirSync(join(repository, 'recipes'), { recursive: true });
  writeFileSync(join(repository, 'metadata.rb'), "name 'demo'\nversion '1.0.0'\n");
  writeFileSync(join(repository, 'recipes', 'default.rb'), '');
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
    ['commit', '--quiet', '--message', 'demo'],
  ])
    execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args]);
  const given = { SourceType: 'Git', SourceInfo: JSON.stringify({ repository }), RunList: 'recipe[demo::default]' };
  failure(await run('AWS-ApplyChefRecipes', given), /chef-client is not on this node: install Chef Infra Client/);
  const program = `[ "$1" != --version ] || { echo 'Chef Infra Client: 18.5.0'; exit; }
${SHOW}
for option; do
  case "$option" in cookbook_path=*) ls "\${option#*=}/demo" ;; */attributes.json) cat "$option" ;; esac
done`;
  using _ = standIn('chef-client', program);
  const attributes = JSON.stringify({ color: HOSTILE });
  const step = await run('AWS-ApplyChefRecipes', {
    ...given,
    JsonAttributesContent: attributes,
    ChefClientVersion: '18',
    ChefClientArguments: '--chef-license accept',
    WhyRun: 'True',
  });
  success(step, '--local-mode', 'recipe[demo::default]', '--why-run', '--chef-license', 'accept', 'metadata.rb', attributes);
  failure(await run('AWS-ApplyChefRecipes', { ...given, ChefClientVersion: '17' }), /of version 18\.5\.0 on this node, not 17/);
});

test('AWS-RunSaltState applies the downloaded state with its pillars as they are', options, async () => {
  const stateurl = serve('/web.sls', 'web: pkg.installed\n');
  failure(await run('AWS-RunSaltState', { stateurl }), /salt-call is not on this node: install the Salt minion/);
  using _ = standIn('salt-call', `${SHOW}\nfor root; do [ ! -d "$root" ] || cat "$root/state.sls"; done`);
  const pillars = JSON.stringify({ color: HOSTILE });
  const step = await run('AWS-RunSaltState', { stateurl, pillars, test: 'True' });
  success(step, '--local', 'state.apply', `pillar=${pillars}`, 'test=True', 'web: pkg.installed');
  failure(await run('AWS-RunSaltState', { stateurl: 's3://bucket/web.sls' }), /no object store yet/);
});

test('AWS-RunInspecChecks runs the downloaded controls and fails where one fails', options, async () => {
  const given = { sourceType: 'HTTP', sourceInfo: fromWeb('/controls.rb', "control 'a' do\nend\n") };
  failure(await run('AWS-RunInspecChecks', given), /inspec is not on this node/);
  using _ = standIn('inspec', `${SHOW}\nexit 100`);
  const step = await run('AWS-RunInspecChecks', given);
  assert.deepEqual([step.Status, step.ResponseCode], ['Failed', 100]);
  assert.match(step.Output, /^inspec\nexec\n\.\/controls\.rb\n/);
});

test('AWS-ConfigureKernelLivePatching is for Amazon Linux 2', options, async () => {
  const told = await run('AWS-ConfigureKernelLivePatching', { EnableOrDisable: 'Enable' });
  failure(told, /amazon-linux-extras is not on this node: kernel live patching by this document is for Amazon Linux 2/);
  using _extras = standIn('amazon-linux-extras', SHOW);
  using _yum = standIn('yum', 'echo yum "$@"');
  using _systemctl = standIn('systemctl', 'echo systemctl "$@"');
  using _uname = standIn('uname', 'echo 4.14.336-257.566.amzn2.x86_64');
  const enabled = await run('AWS-ConfigureKernelLivePatching', { EnableOrDisable: 'Enable' });
  success(enabled, 'yum kernel-livepatch enable -y', 'systemctl enable --now kpatch.service', 'Kernel live patching is on.');
  const disabled = await run('AWS-ConfigureKernelLivePatching', { EnableOrDisable: 'Disable' });
  success(disabled, 'yum kernel-livepatch disable -y', 'systemctl disable --now kpatch.service');
});

test('AmazonCloudWatch-ManageAgent speaks to the CloudWatch agent', options, async () => {
  failure(await run('AmazonCloudWatch-ManageAgent', { action: 'status' }), /The CloudWatch agent is not on this node/);
  using _ = standIn('amazon-cloudwatch-agent-ctl', 'echo ctl "$@"');
  const configured = await run('AmazonCloudWatch-ManageAgent', {
    action: 'configure (append)',
    mode: 'onPremise',
    optionalConfigurationLocation: '/agents/web',
  });
  success(configured, 'ctl -a append-config -m onPremise -c ssm:/agents/web -s');
  success(await run('AmazonCloudWatch-ManageAgent', { action: 'stop' }), 'ctl -a stop -m ec2');
  failure(await run('AmazonCloudWatch-ManageAgent'), /optionalConfigurationLocation must name a parameter/);
});

test('documents for Windows are not sent to a node of another system', options, async () => {
  const names = await commandDocuments('Windows');
  assert.deepEqual(names, [
    'AWS-ApplyDSCMofs',
    'AWS-ConfigureWindowsUpdate',
    'AWS-FindWindowsUpdates',
    'AWS-InstallApplication',
    'AWS-InstallMissingWindowsUpdates',
    'AWS-InstallPowerShellModule',
    'AWS-InstallSpecificWindowsUpdates',
    'AWS-ListWindowsInventory',
  ]);
  const required: Readonly<Record<string, string>> = { MofsToApply: 'C:\\a.mof', source: 'C:\\a.msi', KbArticleIds: 'KB4012598' };
  for (const name of names) {
    const described = await call('DescribeDocument', { Name: name });
    const { Document } = JSON.parse(described.body) as { Document: { Parameters: { Name: string }[] } };
    const given = Document.Parameters.map(({ Name }) => [Name, required[Name]] as const).filter(
      ([, value]) => value !== undefined,
    );
    const parameters = Object.fromEntries(given.map(([parameter, value]) => [parameter, [value]]));
    const refused = await call('SendCommand', { DocumentName: name, Parameters: parameters, InstanceIds: [node()] });
    assert.match(refused.body, /UnsupportedPlatformType.*of platform type Linux/, name);
    ran.add(name);
  }
  const tagged = await send('AWS-FindWindowsUpdates', {}, { Targets: [{ Key: 'tag:Role', Values: ['built-in'] }] });
  assert.equal((await finished(tagged)).StatusDetails, 'InvalidPlatform');
});

test('a document of AWS’s that cannot be here says why', options, async () => {
  for (const [operation, input] of [
    ['GetDocument', { Name: 'AWS-RunPatchBaseline' }],
    ['DescribeDocument', { Name: 'AWS-RunPatchBaseline' }],
    ['SendCommand', { DocumentName: 'AWS-RunPatchBaseline', InstanceIds: [node()] }],
  ] as const) {
    const refused = await call(operation, input);
    assert.equal(refused.code, 'InvalidDocument');
    assert.match(
      refused.body,
      /AWS-RunPatchBaseline does not exist: it needs Patch Manager, which this server does not have yet\./,
    );
  }
});

test('no document that comes with the server was left out', options, async () => {
  assert.deepEqual(
    (await commandDocuments()).filter((name) => !ran.has(name)),
    [],
  );
});

/** Of the built-in ones; with `platform`, those that are for it alone. */
async function commandDocuments(platform?: string): Promise<readonly string[]> {
  const filters = [
    { Key: 'Owner', Values: ['Amazon'] },
    { Key: 'DocumentType', Values: ['Command'] },
  ];
  const listed = await call('ListDocuments', { Filters: filters, MaxResults: 50 });
  const { DocumentIdentifiers } = JSON.parse(listed.body) as { DocumentIdentifiers: { Name: string; PlatformTypes: string[] }[] };
  return DocumentIdentifiers.filter(({ PlatformTypes }) => platform === undefined || PlatformTypes.join() === platform).map(
    ({ Name }) => Name,
  );
}
