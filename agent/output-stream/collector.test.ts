// What the supervisors keep of a long output: the head and the tail, exactly, with a gap whose ends are known.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { superviseScript } from '../supervision/supervise-script.ts';
import { readPiece, readSpool } from './spool.ts';
import type { Spool } from './spool.ts';

const KEPT = 1024 * 1024;
const LINES = 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo "line $i"; done';

function readWhole(spool: Spool): { readonly bytes: Buffer; readonly gaps: (readonly [number, number])[] } {
  const [parts, gaps]: [Buffer[], [number, number][]] = [[], []];
  for (let offset = 0; ;) {
    const piece = readPiece(spool, offset, 70_000);
    if (piece === undefined) return { bytes: Buffer.concat(parts), gaps };
    if (piece.offset > offset) gaps.push([offset, piece.offset]);
    parts.push(piece.bytes);
    offset = piece.offset + piece.bytes.length;
  }
}

const PROGRAMS = [
  ['sh', (directory: string) => ['/bin/sh', join(directory, 'supervise.sh')]],
  ['node', () => [process.execPath, fileURLToPath(new URL('../supervision/supervise-with-node.ts', import.meta.url))]],
] as const;

for (const [name, programOf] of PROGRAMS) {
  const collected = (script: string, kept = KEPT, prepare: (run: string) => void = () => undefined) => {
    const directory = mkdtempSync(join(tmpdir(), 'muster-collector-'));
    try {
      writeFileSync(join(directory, 'supervise.sh'), superviseScript);
      const run = join(directory, 'run');
      mkdirSync(run);
      prepare(run);
      const [file = '', ...args] = programOf(directory);
      const { status } = spawnSync(file, [...args, run, '60', String(kept), 'sh', '-c', script], { stdio: 'ignore' });
      assert.equal(status, 0);
      const spool = readSpool([run], 'stdout', false, undefined);
      return { ...spool, ...readWhole(spool), result: readFileSync(join(run, 'result'), 'utf8') };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };

  test(`${name}: an output that fits is kept whole, line by line as it comes`, () => {
    const { bytes, gaps, end } = collected(LINES);
    const expected = execFileSync('sh', ['-c', LINES]);
    assert.ok(bytes.equals(expected));
    assert.deepEqual([gaps, end], [[], expected.length]);
  });

  test(`${name}: of a long one the head and the tail are kept, and nothing of them is lost at any border`, () => {
    const script = 'seq 1 1300000';
    const expected = execFileSync('sh', ['-c', script], { maxBuffer: 32 * KEPT });
    const { bytes, gaps, end } = collected(script);
    const [gap] = gaps;
    assert.equal(end, expected.length);
    assert.ok(gap !== undefined && gaps.length === 1);
    assert.ok(gap[0] >= KEPT && gap[0] <= KEPT + 65_536, `head ${gap[0]}`);
    assert.ok(end - gap[1] >= KEPT && end - gap[1] <= 2 * KEPT, `tail ${end - gap[1]}`);
    assert.ok(bytes.equals(Buffer.concat([expected.subarray(0, gap[0]), expected.subarray(gap[1])])));
  });

  test(`${name}: one between has no gap`, () => {
    const script = 'seq 1 250000';
    const expected = execFileSync('sh', ['-c', script], { maxBuffer: 32 * KEPT });
    assert.ok(expected.length > KEPT);
    const { bytes, gaps } = collected(script);
    assert.ok(bytes.equals(expected));
    assert.deepEqual(gaps, []);
  });

  test(`${name}: a script whose output cannot be kept goes on to its own end`, () => {
    const { result } = collected('seq 1 200000 && exit 7', KEPT, (run) => symlinkSync('/nowhere/to/write', join(run, 'stdout')));
    assert.equal(result, 'exit 7\n');
  });
}
