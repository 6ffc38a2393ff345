// Every Command document that comes with the server is run through it on a real agent. The tools that documents need of a node (Ansible, Docker,
// …) are stand-ins in front of the agent's PATH that print what they were called with. Needs: git, a POSIX shell, curl or wget.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { withoutAwsCli } from './aws-cli.ts';
import { ToolPlace } from './tool-place.ts';
import type { StepTold } from './tool-place.ts';

const options = { skip: withoutAwsCli };
/** Run by remote-scripts.test.ts. */
const RUN_ELSEWHERE = ['AWS-RunDocument', 'AWS-RunRemoteScript'];
/** Not on the agent's PATH, whether this machine has them or not: tests put stand-ins there. */
const HIDDEN = [
  'ansible-playbook',
  'apt-get',
  'dnf',
  'yum',
  'zypper',
  'chef-client',
  'salt-call',
  'inspec',
  'pwsh',
  'docker',
  'amazon-linux-extras',
  'amazon-cloudwatch-agent-ctl',
];
/** Prints its name and each argument on a line of its own. */
const SHOW = `printf '%s\\n' "\${0##*/}" "$@"`;
/** What a shell would make something of. */
const HOSTILE = `'"$(id)\`id\`;&|\\`;

const ran = new Set<string>(RUN_ELSEWHERE);
let place: ToolPlace;

before(async () => {
  if (withoutAwsCli === false) place = await ToolPlace.start(HIDDEN);
});
after(async () => {
  await place?.[Symbol.asyncDispose]();
});

async function run(documentName: string, parameters: Readonly<Record<string, string>> = {}): Promise<StepTold> {
  ran.add(documentName);
  return place.run(documentName, parameters);
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
  using _ = place.standIn('pwsh', 'for file; do :; done; cat "$file"');
  success(await run('AWS-RunPowerShellScript', { commands: 'Write-Output "hello"' }), 'Write-Output "hello"');
});

test('AWS-ApplyAnsiblePlaybooks runs the downloaded playbook with its arguments as they are', options, async () => {
  using _ = place.standIn('ansible-playbook', SHOW);
  const step = await run('AWS-ApplyAnsiblePlaybooks', {
    SourceType: 'HTTP',
    SourceInfo: place.fromWeb('/site.yml', '- hosts: all\n'),
    PlaybookFile: 'site.yml',
    ExtraVariables: 'color=red taste=`id`$HOME"',
    Check: 'True',
    Verbose: '-vv',
  });
  success(step, 'ansible-playbook', '-vv', '--check', '--extra-vars', 'color=red taste=`id`$HOME"', './site.yml');
});

test('AWS-ApplyAnsiblePlaybooks installs Ansible only if it may', options, async () => {
  const given = { SourceType: 'HTTP', SourceInfo: place.fromWeb('/site.yml', '- hosts: all\n'), PlaybookFile: 'site.yml' };
  const told = await run('AWS-ApplyAnsiblePlaybooks', { ...given, InstallDependencies: 'False' });
  failure(told, /ansible-playbook is not on this node: install Ansible, or set InstallDependencies to True/);
  const program = join(place.tools, 'ansible-playbook');
  using _ = place.standIn(
    'apt-get',
    `[ "$1" = update ] || { printf '#!/bin/sh\\necho fresh\\n' > ${program}; chmod +x ${program}; }`,
  );
  success(await run('AWS-ApplyAnsiblePlaybooks', given), 'fresh');
  rmSync(program);
});

test('AWS-ApplyChefRecipes runs recipes of a cookbook in Chef’s local mode', options, async () => {
  const repository = join(place.directory, 'cookbook');
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
  using _ = place.standIn('chef-client', program);
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
  const stateurl = place.serve('/web.sls', 'web: pkg.installed\n');
  failure(await run('AWS-RunSaltState', { stateurl }), /salt-call is not on this node: install the Salt minion/);
  using _ = place.standIn('salt-call', `${SHOW}\nfor root; do [ ! -d "$root" ] || cat "$root/state.sls"; done`);
  const pillars = JSON.stringify({ color: HOSTILE });
  const step = await run('AWS-RunSaltState', { stateurl, pillars, test: 'True' });
  success(step, '--local', 'state.apply', `pillar=${pillars}`, 'test=True', 'web: pkg.installed');
  failure(await run('AWS-RunSaltState', { stateurl: 's3://bucket/web.sls' }), /no object store yet/);
});

test('AWS-RunInspecChecks runs the downloaded controls and fails where one fails', options, async () => {
  const given = { sourceType: 'HTTP', sourceInfo: place.fromWeb('/controls.rb', "control 'a' do\nend\n") };
  failure(await run('AWS-RunInspecChecks', given), /inspec is not on this node/);
  using _ = place.standIn('inspec', `${SHOW}\nexit 100`);
  const step = await run('AWS-RunInspecChecks', given);
  assert.deepEqual([step.Status, step.ResponseCode], ['Failed', 100]);
  assert.match(step.Output, /^inspec\nexec\n\.\/controls\.rb\n/);
});

test('AWS-ConfigureKernelLivePatching is for Amazon Linux 2', options, async () => {
  const told = await run('AWS-ConfigureKernelLivePatching', { EnableOrDisable: 'Enable' });
  failure(told, /amazon-linux-extras is not on this node: kernel live patching by this document is for Amazon Linux 2/);
  using _extras = place.standIn('amazon-linux-extras', SHOW);
  using _yum = place.standIn('yum', 'echo yum "$@"');
  using _systemctl = place.standIn('systemctl', 'echo systemctl "$@"');
  using _uname = place.standIn('uname', 'echo 4.14.336-257.566.amzn2.x86_64');
  const enabled = await run('AWS-ConfigureKernelLivePatching', { EnableOrDisable: 'Enable' });
  success(enabled, 'yum kernel-livepatch enable -y', 'systemctl enable --now kpatch.service', 'Kernel live patching is on.');
  const disabled = await run('AWS-ConfigureKernelLivePatching', { EnableOrDisable: 'Disable' });
  success(disabled, 'yum kernel-livepatch disable -y', 'systemctl disable --now kpatch.service');
});

test('AmazonCloudWatch-ManageAgent speaks to the CloudWatch agent', options, async () => {
  failure(await run('AmazonCloudWatch-ManageAgent', { action: 'status' }), /The CloudWatch agent is not on this node/);
  using _ = place.standIn('amazon-cloudwatch-agent-ctl', 'echo ctl "$@"');
  const configured = await run('AmazonCloudWatch-ManageAgent', {
    action: 'configure (append)',
    mode: 'onPremise',
    optionalConfigurationLocation: '/agents/web',
  });
  success(configured, 'ctl -a append-config -m onPremise -c ssm:/agents/web -s');
  success(await run('AmazonCloudWatch-ManageAgent', { action: 'stop' }), 'ctl -a stop -m ec2');
  failure(await run('AmazonCloudWatch-ManageAgent'), /optionalConfigurationLocation must name a parameter/);
});

test('AWS-ConfigureAWSPackage asks the server for its package', options, async () => {
  const given = { action: 'Install', name: 'NoSuchPackage' };
  failure(await run('AWS-ConfigureAWSPackage', given), /Document with name NoSuchPackage does not exist/);
});

test('AWS-UpdateSSMAgent succeeds where nothing is to be done, and says what to do otherwise', options, async () => {
  const described = await place.call('DescribeInstanceInformation', {});
  const version = /"AgentVersion":"([0-9.]+)"/.exec(described.body)?.[1] ?? '';
  success(await run('AWS-UpdateSSMAgent', { version }), `muster-agent ${version} has already been installed, update skipped`);
  failure(await run('AWS-UpdateSSMAgent'), /is not updated by a command/);
});

test('AWS-ConfigureDocker installs and removes Docker with the package manager', options, async () => {
  using stack = new DisposableStack();
  for (const name of ['apt-get', 'yum', 'dnf', 'zypper', 'apk', 'pacman', 'systemctl', 'rc-update', 'rc-service', 'service'])
    stack.use(place.standIn(name, `echo ${name} "$@"`));
  const installed = await run('AWS-ConfigureDocker', { action: 'Install' });
  success(installed, 'Installation complete');
  assert.match(installed.Output, /^(apt-get|yum|dnf|zypper|apk|pacman) .*docker/m);
  success(await run('AWS-ConfigureDocker', { action: 'Uninstall' }), 'Uninstall complete');
});

test('AWS-RunDockerAction calls docker with its arguments as they are', options, async () => {
  failure(await run('AWS-RunDockerAction', { action: 'Ps' }), /needs docker, but there is none on this machine/);
  using _ = place.standIn('docker', SHOW);
  const step = await run('AWS-RunDockerAction', {
    action: 'Run',
    container: 'web',
    image: 'nginx:1',
    env: `TASTE=${HOSTILE}`,
    cmd: 'sh -c "echo $(id)"',
    publish: '8080:80',
  });
  success(step, 'docker', 'run', '--name=web', '--publish=8080:80', `--env=TASTE=${HOSTILE}`, 'nginx:1', 'echo $(id)');
  success(await run('AWS-RunDockerAction', { action: 'Ps' }), 'docker', 'ps');
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
    const described = await place.call('DescribeDocument', { Name: name });
    const { Document } = JSON.parse(described.body) as { Document: { Parameters: { Name: string }[] } };
    const given = Document.Parameters.map(({ Name }) => [Name, required[Name]] as const).filter(
      ([, value]) => value !== undefined,
    );
    const parameters = Object.fromEntries(given.map(([parameter, value]) => [parameter, [value]]));
    const refused = await place.call('SendCommand', { DocumentName: name, Parameters: parameters, InstanceIds: [place.nodeId] });
    assert.match(refused.body, /UnsupportedPlatformType.*of platform type Linux/, name);
    ran.add(name);
  }
  const tagged = await place.send('AWS-FindWindowsUpdates', {}, { Targets: [{ Key: 'tag:Role', Values: ['built-in'] }] });
  assert.equal((await place.finished(tagged)).StatusDetails, 'InvalidPlatform');
});

test('a document of AWS’s that cannot be here says why', options, async () => {
  for (const [operation, input] of [
    ['GetDocument', { Name: 'AWS-RunPatchBaseline' }],
    ['DescribeDocument', { Name: 'AWS-RunPatchBaseline' }],
    ['SendCommand', { DocumentName: 'AWS-RunPatchBaseline', InstanceIds: [place.nodeId] }],
  ] as const) {
    const refused = await place.call(operation, input);
    assert.equal(refused.code, 'InvalidDocument');
    assert.match(
      refused.body,
      /AWS-RunPatchBaseline does not exist: it needs Patch Manager, which this server does not have yet\./,
    );
  }
});

test('Session documents are listed, described and read, and no command runs them', options, async () => {
  const filters = [
    { Key: 'Owner', Values: ['Amazon'] },
    { Key: 'DocumentType', Values: ['Session'] },
  ];
  const listed = await place.call('ListDocuments', { Filters: filters });
  const { DocumentIdentifiers } = JSON.parse(listed.body) as { DocumentIdentifiers: { Name: string }[] };
  const names = DocumentIdentifiers.map(({ Name }) => Name);
  assert.ok(names.includes('AWS-StartSSHSession') && names.includes('AWS-PasswordReset'), names.join());
  for (const name of names) {
    const described = await place.call('DescribeDocument', { Name: name });
    assert.match(described.body, /"DocumentType":"Session"/);
    assert.match(described.body, /"Parameters":\[\{"Name"/);
    const read = await place.call('GetDocument', { Name: name });
    assert.match((JSON.parse(read.body) as { Content: string }).Content, /"sessionType"/);
    const refused = await place.call('SendCommand', { DocumentName: name, InstanceIds: [place.nodeId] });
    assert.equal(refused.status, 400, refused.body);
    assert.match(refused.body, /InvalidDocument.*Session/, refused.body);
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
  const listed = await place.call('ListDocuments', { Filters: filters, MaxResults: 50 });
  const { DocumentIdentifiers } = JSON.parse(listed.body) as { DocumentIdentifiers: { Name: string; PlatformTypes: string[] }[] };
  return DocumentIdentifiers.filter(({ PlatformTypes }) => platform === undefined || PlatformTypes.join() === platform).map(
    ({ Name }) => Name,
  );
}
