// The data files beside built-in.ts: their scripts are programs, they never hold what a caller gave, and each parameter is there for something.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { loadBuiltIns } from './built-in.ts';
import { unavailableBuiltIns, whyUnavailable } from './built-in-unavailable.ts';
import { readContent, toValue } from './content.ts';
import { isReservedName } from './document.ts';

/** What they are for is to run what the caller says. */
const RUNS_WHAT_IS_GIVEN = ['AWS-RunPowerShellScript', 'AWS-RunRemoteScript', 'AWS-RunShellScript'];
const PWSH = spawnSync('pwsh', ['-Version']).status === 0;
const PARSE = `$errors = $null
[void] [System.Management.Automation.Language.Parser]::ParseInput([Console]::In.ReadToEnd(), [ref] $null, [ref] $errors)
$errors
exit @($errors).Count`;

interface Content {
  readonly parameters?: Readonly<Record<string, { readonly interpolationType?: string }>>;
  readonly mainSteps?: readonly { readonly action: string; readonly inputs: { readonly runCommand?: readonly string[] } }[];
}
interface Script {
  readonly name: string;
  readonly action: string;
  readonly text: string;
}

function contents(): [string, Content][] {
  return [...loadBuiltIns()].map(([name, { version }]) => [name, toValue(version.content, version.format) as Content]);
}

function scripts(action: string): Script[] {
  return contents()
    .flatMap(([name, { mainSteps = [] }]) =>
      mainSteps.map((step) => ({ name, action: step.action, text: (step.inputs.runCommand ?? []).join('\n') })),
    )
    .filter((script) => script.action === action && !RUNS_WHAT_IS_GIVEN.includes(script.name));
}

test('the check of documents has nothing to say about them', () => {
  for (const [name, { head, version }] of loadBuiltIns()) {
    const { warnings } = readContent(head.documentType, version.content, version.format);
    const meant = RUNS_WHAT_IS_GIVEN.includes(name) ? /: who may give it a value runs anything on the node\.$/ : /^$/;
    for (const { message } of warnings) assert.match(message, meant, name);
  }
});

test('every shell script is one that a shell can read', () => {
  const found = scripts('aws:runShellScript');
  assert.ok(found.length >= 6);
  for (const { name, text } of found) {
    const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
    assert.equal(status, 0, `${name}: ${stderr}`);
    assert.match(text, /^set -eu$/m, `${name} goes on after a failure`);
  }
});

test('every PowerShell script is one that PowerShell can read', { skip: PWSH ? false : 'not run: pwsh is not installed' }, () => {
  for (const { name, text } of scripts('aws:runPowerShellScript')) {
    const { status, stdout } = spawnSync('pwsh', ['-NoProfile', '-NonInteractive', '-Command', PARSE], {
      input: text,
      encoding: 'utf8',
    });
    assert.equal(status, 0, `${name}: ${stdout}`);
  }
});

test('a PowerShell script ends on an agent that knows no ENV_VAR, instead of taking every parameter for empty', () => {
  for (const { name, text } of scripts('aws:runPowerShellScript'))
    assert.match(text, /^\$ErrorActionPreference = 'Stop'\nif \(-not \$env:SSM_\w+\) \{ throw /, name);
});

test('no script holds the text of a parameter, and all of them read what is declared', () => {
  for (const [name, { parameters = {}, mainSteps = [] }] of contents()) {
    if (RUNS_WHAT_IS_GIVEN.includes(name)) continue;
    const text = mainSteps.flatMap(({ inputs }) => inputs.runCommand ?? []).join('\n');
    assert.ok(!text.includes('{{'), `${name} inserts a parameter into a script`);
    const read = new Set([...text.matchAll(/\bSSM_([A-Za-z0-9]+)/g)].map(([, parameter = '']) => parameter));
    const given = Object.entries(parameters).filter(([, { interpolationType }]) => interpolationType === 'ENV_VAR');
    assert.deepEqual([...read].toSorted(), given.map(([parameter]) => parameter).toSorted(), name);
  }
});

test('a document is there, or it is told why not', () => {
  const there = loadBuiltIns();
  for (const name of unavailableBuiltIns.keys()) {
    assert.ok(!there.has(name), `${name} is there`);
    assert.ok(isReservedName(name), name);
  }
  assert.match(whyUnavailable('AWS-RunPatchBaseline') ?? '', /Patch Manager/);
  assert.match(whyUnavailable('arn:aws:ssm:us-east-1::document/AWS-RunPatchBaseline') ?? '', /Patch Manager/);
  assert.match(whyUnavailable('AWSFleetManager-GetUsers') ?? '', /Session Manager/);
  for (const name of ['AWS-RunShellScript', 'AWS-Nothing', 'Mine', '']) assert.equal(whyUnavailable(name), undefined);
});
