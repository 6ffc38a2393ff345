// `{{ name }}` in inputs: types, text, defaults, environment variables, and what must stay as it is.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { DocumentParameter } from '@muster/protocol/document.ts';
import { effectiveValues, parameterEnvironment, substitute, substituteInputs, SubstitutionError } from './substitution.ts';

const parameters: Readonly<Record<string, DocumentParameter>> = {
  commands: { type: 'StringList' },
  map: { type: 'StringMap' },
  flag: { type: 'Boolean' },
  name: { type: 'String', default: 'world' },
  safe: { type: 'String', interpolationType: 'ENV_VAR' },
  absent: { type: 'String' },
};
const values = effectiveValues(parameters, {
  commands: ['a', 'b $$'],
  map: { k: 'v' },
  flag: true,
  safe: '$(reboot); "x"',
  stranger: 1,
});
const substitution = { parameters, values, syntax: 'shell' } as const;

describe('substitution', () => {
  it('gives a string that is one reference the value with its type', () => {
    assert.deepEqual(substitute('{{commands}}', substitution, true), ['a', 'b $$']);
    assert.deepEqual(substitute('{{ map }}', substitution, true), { k: 'v' });
    assert.equal(substitute('{{  flag }}', substitution, true), true);
  });

  it('writes lists, maps and flags as JSON inside of text, and collapses $$ of inserted values only', () => {
    assert.equal(substitute('x {{ commands }} $$', substitution, true), 'x ["a","b $"] $$');
    assert.equal(substitute('{{map}} {{flag}}', substitution, true), '{"k":"v"} true');
  });

  it('takes defaults, and leaves what is not declared or has no value as it is', () => {
    assert.equal(substitute('hello {{name}}', substitution, true), 'hello world');
    for (const text of ['{{ stranger }}', '{{absent}}', '{{ global:REGION }}', 'a {{ b.c }}', '{{ toString }}']) {
      assert.equal(substitute(text, substitution, true), text);
    }
  });

  it('never inserts an ENV_VAR parameter into a script', () => {
    const inputs = substituteInputs(
      { runCommand: ['echo "{{ safe }}"', '{{safe}}'], workingDirectory: '{{ safe }}' },
      substitution,
    );
    assert.deepEqual(inputs, { runCommand: ['echo "${SSM_safe}"', '${SSM_safe}'], workingDirectory: '$(reboot); "x"' });
    assert.equal(substitute('{{safe}}', { ...substitution, syntax: 'powershell' }, true), '${env:SSM_safe}');
    assert.deepEqual(parameterEnvironment(parameters, values), { SSM_safe: '$(reboot); "x"' });
  });

  it('refuses references to Parameter Store instead of running text with a hole', () => {
    assert.throws(() => substitute('echo {{ssm:secret:3}}', substitution, true), SubstitutionError);
    assert.throws(() => substitute(['{{ ssm-secure:x }}'], substitution, true), /ssm-secure:x/);
  });

  it('reads a value that is made to be read slowly soon', () => {
    const begin = globalThis.performance.now();
    const value = `{{ssm:${' '.repeat(1_000_000)}`;
    const given = { ...substitution, values: new Map([['name', value]]) };
    assert.equal(substitute('{{ name }}', given, true), value);
    assert.throws(() => substitute('{{ ssm:x  }}', substitution, true), /\{\{ssm:x\}\}/);
    assert.ok(globalThis.performance.now() - begin < 5000);
  });

  it('changes no text without references, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('{{'));
        assert.equal(substitute(text, substitution, true), text);
      }),
    );
  });

  it('inserts a value that is a string as it is, but for $$', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        fc.pre(!value.includes('{{'));
        const given = { ...substitution, values: new Map([['name', value]]) };
        assert.equal(substitute('<{{ name }}>', given, true), `<${value.replaceAll('$$', '$')}>`);
      }),
    );
  });
});
