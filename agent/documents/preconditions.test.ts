// Whether a step runs: plugins, platforms, preconditions; sentences as the stock agent's.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DocumentStep, SchemaVersion } from '@muster/protocol/document.ts';
import type { PlatformType } from '../machine/facts.ts';
import { plugins } from '../plugins/index.ts';
import { judgeStep } from './preconditions.ts';

const substitution = { parameters: { p: { type: 'String' } }, values: new Map([['p', 'yes']]), syntax: 'shell' } as const;

function judge(step: Partial<DocumentStep>, schemaVersion: SchemaVersion = '2.2', platform: PlatformType = 'Linux'): unknown {
  const whole = { action: 'aws:runShellScript', name: 'two', inputs: [{}], ...step };
  const verdict = judgeStep(whole, schemaVersion, platform, (action) => plugins.get(action)?.platforms, substitution);
  return verdict.kind === 'run' ? 'run' : `${verdict.kind}: ${verdict.message}`;
}

describe('preconditions', () => {
  it('run a step on its platform, in any order of the operands', () => {
    assert.equal(judge({ precondition: { StringEquals: ['platformType', 'Linux'] } }), 'run');
    assert.equal(judge({ precondition: { StringEquals: ['Linux', 'platformType'] } }), 'run');
  });

  it('skip a step elsewhere with the stock sentence', () => {
    assert.equal(
      judge({ precondition: { StringEquals: ['platformType', 'Windows'] } }),
      `skip: Step execution skipped due to unsatisfied preconditions: '"StringEquals": [platformType, Windows]'. Step name: two`,
    );
  });

  it('compare document parameters', () => {
    assert.equal(judge({ precondition: { StringEquals: ['{{ p }}', 'yes'] } }), 'run');
    assert.match(String(judge({ precondition: { StringEquals: ['{{ p }}', 'no'] } })), /^skip: /);
  });

  it('fail on what they do not know: operators, constants, three operands, store references, old schemas', () => {
    for (const precondition of [
      { StringNotEquals: ['platformType', 'Linux'] },
      { StringEquals: ['a', 'a'] },
      { StringEquals: ['platformType', 'Linux', 'MacOS'] },
      { StringEquals: ['{{ssm:x}}', 'y'] },
    ]) {
      assert.match(String(judge({ precondition })), /^fail: Unrecognized precondition\(s\): /);
    }
    assert.match(String(judge({ precondition: { StringEquals: ['platformType', 'Linux'] } }, '2.0')), /^fail: /);
  });

  it('skip what another platform runs in 2.2, fail it before, and fail what nobody knows', () => {
    assert.match(
      String(judge({ action: 'aws:psModule' })),
      /^skip: Step execution skipped due to unsupported plugin: aws:psModule/,
    );
    assert.match(String(judge({}, '2.2', 'Windows')), /^skip: /);
    assert.match(String(judge({}, '1.2', 'Windows')), /^fail: /);
    assert.equal(
      judge({ action: 'aws:foo', name: 'one' }),
      'fail: Plugin with name aws:foo is not supported by this version of ssm agent, please update to latest version. Step name: one',
    );
  });
});
