// Limits of replies, and what steps make of a document.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { combineStreams, cut, OUTPUT_CHARACTERS_MAX, STREAM_CHARACTERS_MAX } from './output.ts';
import { REPLY_BYTES_MAX, REPLY_QUOTED_BYTES_MAX, replyContent } from './reply.ts';
import { applyFlow, documentStatus, stepResult } from './result.ts';
import { scriptOutcome, scriptText, scriptTimeoutSeconds } from '../plugins/script-step.ts';

const context = { now: new Date(0), platformName: 'Linux', platformVersion: '1' };

describe('output', () => {
  it('is cut with a marker, never above its limit, never in the middle of a character', () => {
    assert.equal(cut('x'.repeat(STREAM_CHARACTERS_MAX + 1), STREAM_CHARACTERS_MAX).length, STREAM_CHARACTERS_MAX);
    assert.ok(cut(`${'x'.repeat(29)}😀${'y'.repeat(30)}`, 50).endsWith('x--output truncated--'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 6000 }), fc.string({ maxLength: 6000 }), (stdout, stderr) => {
        assert.ok(combineStreams(stdout, stderr).length <= OUTPUT_CHARACTERS_MAX);
      }),
    );
  });

  it('holds both streams with a title between them', () => {
    assert.equal(combineStreams('out', 'err'), 'out\n----------ERROR-------\nerr');
    assert.equal(combineStreams('out', ''), 'out');
    assert.match(
      combineStreams('a'.repeat(9000), 'b'.repeat(9000)),
      /^a+--output truncated--\n-+ERROR-+\nb+--output truncated--$/,
    );
  });

  it('fits into a reply and its frame, whatever characters it has', () => {
    const character = fc.constantFrom('\u0001', '"', '\\', 'ü', '😀', 'x', '\ud800');
    fc.assert(
      fc.property(character, character, (a, b) => {
        const outcome = {
          status: 'Success',
          code: 0,
          standardOutput: a.repeat(30_000),
          standardError: b.repeat(30_000),
        } as const;
        const result = stepResult(
          { action: 'aws:runShellScript', stepName: 's' },
          { startDateTime: '', endDateTime: '' },
          outcome,
        );
        const content = replyContent(context, 'Success', ['Success'], { s: result });
        assert.ok(Buffer.byteLength(content) <= REPLY_BYTES_MAX);
        assert.ok(Buffer.byteLength(JSON.stringify(content)) <= REPLY_QUOTED_BYTES_MAX);
      }),
      { numRuns: 49 },
    );
  });
});

function of(code: number): unknown {
  const { status, ends, standardError } = scriptOutcome({ kind: 'exit', code }, '', '', 60, 'Linux');
  return [status, ends, standardError.split(' ').slice(0, 3).join(' ')];
}

describe('results', () => {
  it('fold to the worst of the steps', () => {
    assert.equal(documentStatus(['Success', 'Skipped']), 'Success');
    assert.equal(documentStatus(['Cancelled', 'TimedOut', 'Success']), 'TimedOut');
    assert.equal(documentStatus(['Failed', 'TimedOut']), 'Failed');
    assert.equal(documentStatus(['Failed', 'SuccessAndReboot']), 'SuccessAndReboot');
    assert.equal(documentStatus(['Success', 'InProgress']), 'InProgress');
  });

  it('follow onFailure and onSuccess', () => {
    const failed = { status: 'Failed', code: 1, standardOutput: '', standardError: '', ends: false } as const;
    assert.deepEqual(applyFlow(failed, {}), failed);
    assert.deepEqual(applyFlow(failed, { onFailure: 'exit' }), { ...failed, ends: true });
    assert.deepEqual(applyFlow(failed, { onFailure: 'successAndExit' }), { ...failed, status: 'Success', ends: true });
    assert.equal(applyFlow({ ...failed, status: 'Success' }, { onSuccess: 'exit' }).ends, true);
  });

  it('give exit codes 0, 168, 169, 194 and others their meaning', () => {
    assert.deepEqual(of(0), ['Success', false, '']);
    assert.deepEqual(of(168), ['Success', true, '']);
    assert.deepEqual(of(169), ['Failed', true, 'Step exited with']);
    assert.deepEqual(of(194), ['SuccessAndReboot', false, '']);
    assert.deepEqual(of(3010), ['Failed', false, 'failed to run']);
    assert.equal(scriptOutcome({ kind: 'exit', code: 3010 }, '', '', 60, 'Windows').status, 'SuccessAndReboot');
  });

  it('take time-outs of 5 to 172,800 seconds, else an hour', () => {
    assert.deepEqual(['5', 172_800, ' 60 '].map(scriptTimeoutSeconds), [5, 172_800, 60]);
    for (const wrong of ['4', 172_801, '', 'x', undefined, '1e3', 7.5]) assert.equal(scriptTimeoutSeconds(wrong), 3600);
  });

  it('take scripts as text, as lines and as lists of lines', () => {
    assert.equal(scriptText('a\nb'), 'a\nb');
    assert.equal(scriptText(['a', ['b', 'c']]), 'a\nb\nc');
  });
});
