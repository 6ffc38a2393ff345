// References to parameters, against a source made of a map.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Principal } from '../../platform/access/principal.ts';
import type { AccountId, Region } from '../../platform/ids.ts';
import { type ParameterSource, type ReferencedParameter, referencesIn, resolveReferences } from './parameter-references.ts';

const SCOPE = { account: '111122223333' as AccountId, region: 'us-east-1' as Region };
// Handed through to the source only.
const CALLER = {
  ...SCOPE,
  principal: { arn: 'arn:aws:iam::111122223333:user/u' } as unknown as Principal,
  call: { sourceIp: '127.0.0.1', userAgent: 'test', at: new Date(0), secure: true, region: SCOPE.region },
};

function sourceOf(parameters: Readonly<Record<string, ReferencedParameter>>): ParameterSource & { readonly asked: string[][] } {
  const asked: string[][] = [];
  return {
    asked,
    find(_scope, _caller, selectors) {
      asked.push([...selectors]);
      return Promise.resolve(new Map(selectors.flatMap((name) => (parameters[name] ? [[name, parameters[name]] as const] : []))));
    },
  };
}

const string = (value: string): ReferencedParameter => ({ type: 'String', value });

describe('references to parameters', () => {
  it('are replaced in values and inside of text, by version and label too, each asked for once', async () => {
    const source = sourceOf({ 'web/port': string('80'), 'web/port:2': string('81'), host: { type: 'StringList', value: 'a,b' } });
    const resolved = await resolveReferences(source, CALLER, {
      commands: ['curl {{ssm:host}}:{{ ssm:web/port }}', '{{ssm:web/port:2}}', '{{ port }}'],
      port: ['{{ssm:web/port}}'],
    });
    assert.deepEqual(resolved, { commands: ['curl a,b:80', '81', '{{ port }}'], port: ['80'] });
    assert.deepEqual(source.asked, [['host', 'web/port', 'web/port:2']]);
  });

  it('are refused where they cannot be resolved, naming the reference', async () => {
    const source = sourceOf({ secret: { type: 'SecureString', value: '' }, loop: string('{{ssm:loop}}') });
    const refusal = (name: string, message: RegExp) =>
      assert.rejects(resolveReferences(source, CALLER, `{{ssm:${name}}}`), { code: 'InvalidParameters', message });
    await refusal('gone', /{{ssm:gone}}: the parameter does not exist/);
    await refusal('secret', /SecureString cannot be put into a document/);
    await refusal('loop', /refers to a parameter itself/);
    await assert.rejects(resolveReferences(undefined, CALLER, ['{{ssm:x}}']), { message: /no Parameter Store/ });
    await assert.rejects(
      resolveReferences(
        source,
        CALLER,
        Array.from({ length: 101 }, (_, index) => `{{ssm:p${index}}}`),
      ),
      { message: /at most 100 parameters, not 101/ },
    );
  });

  it('that are none cost nothing and change nothing', async () => {
    const value = { a: ['{{ x }}', '{{ssm-secure:y}}', '{{ssm:}}', 'ssm:z'] };
    assert.equal(await resolveReferences(undefined, CALLER, value), value);
  });

  it('leave everything else as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.string(), async (json, text) => {
        fc.pre(referencesIn(json).length === 0 && referencesIn(text).length === 0);
        const resolved = await resolveReferences(sourceOf({ p: string(text) }), CALLER, { json, at: '{{ssm:p}}' });
        assert.deepEqual(resolved, { json, at: text });
      }),
    );
  });
});
