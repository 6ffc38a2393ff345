// Any single change of a chain is detected, whatever it is and wherever; what is sound is never complained of.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AccountId, Region } from '../ids.ts';
import { canonicalForm, CHAIN_START, chainHash } from './chain.ts';
import type { EntryRow } from './store.ts';
import { type ChainItem, walkChain } from './walk-chain.ts';

const scope = { account: '123456789012' as AccountId, region: 'eu-central-1' as Region };
const START = { sequence: 0, hashes: [CHAIN_START] };

interface Sound {
  readonly sequence: number;
  readonly row: EntryRow;
  readonly hash: string;
}

function row(sequence: number, text = `request-${sequence}`): EntryRow {
  return {
    ...scope,
    sequence,
    request_id: text,
    at: 1_700_000_000_000 + sequence,
    event_source: 'ssm.amazonaws.com',
    event_name: 'SendCommand',
    audit_class: 'write',
    principal: '{}',
    access_key_id: 'AKIA',
    source_ip: '192.0.2.1',
    user_agent: 'x',
    request_parameters: '{"a":"b"}',
    resources: '[]',
    error_code: null,
    error_message: null,
  };
}

function chainOf(length: number): Sound[] {
  let hash = CHAIN_START;
  return Array.from({ length }, (_, at) => {
    const one = row(at + 1);
    hash = chainHash(hash, canonicalForm(one));
    return { sequence: at + 1, row: one, hash };
  });
}

/** What verification says of the items, the signed head being that of the sound chain. */
function complaints(items: readonly ChainItem[], sound: readonly Sound[]): string[] {
  const { state, problems } = walkChain(scope, START, items);
  const head = sound.at(-1)?.hash ?? CHAIN_START;
  const fits = state.hashes.length === 0 || state.hashes.includes(head);
  return [
    ...problems.map(({ kind, sequence, otherSequence }) => [kind, sequence, otherSequence].filter(Boolean).join(' ')),
    ...(fits ? [] : ['head']),
  ];
}

test('a sound chain has no problems, in one stretch or in many', () => {
  const sound = chainOf(20);
  assert.deepEqual(complaints(sound, sound), []);
  const first = walkChain(scope, START, sound.slice(0, 7));
  assert.deepEqual([first.problems, walkChain(scope, first.state, sound.slice(7)).problems], [[], []]);
});

test('each kind of damage is named with its place, and only that', () => {
  const sound = chainOf(9);
  const [third, sixth] = [sound[2]!, sound[5]!];
  const withItem = (...changed: readonly ChainItem[]) =>
    sound.map((item) => changed.find(({ sequence }) => sequence === item.sequence) ?? item);
  const flipped = { ...third, row: { ...third.row, source_ip: '192.0.2.2' } };
  assert.deepEqual(complaints(withItem(flipped), sound), ['changed 3']);
  assert.deepEqual(complaints(withItem({ ...third, hash: third.hash.replace(/^./, 'x') }), sound), ['hash-changed 3']);
  assert.deepEqual(complaints(withItem({ ...third, row: undefined }), sound), ['removed 3']);
  assert.deepEqual(complaints(withItem({ ...third, hash: undefined }), sound), ['hash-removed 3']);
  assert.deepEqual(complaints(withItem({ ...third, row: undefined, hash: undefined }), sound), ['removed 3', 'unproven 4']);
  const swapped = [
    { ...third, row: { ...sixth.row, sequence: 3 } },
    { ...sixth, row: { ...third.row, sequence: 6 } },
  ];
  assert.deepEqual(complaints(withItem(...swapped), sound), ['swapped 3 6']);
});

test('any single change is detected', () => {
  const columns = Object.keys(row(1)).filter((name) => name !== 'sequence') as (keyof EntryRow)[];
  const place = fc.nat({ max: 11 });
  fc.assert(
    fc.property(
      fc.constantFrom('flip', 'hash', 'remove', 'remove-both', 'swap', 'swap-with-hashes', 'duplicate', 'truncate', 'insert'),
      place,
      place,
      fc.constantFrom(...columns),
      (kind, at, other, column) => {
        fc.pre(at !== other);
        const sound = chainOf(12);
        const items: (ChainItem | undefined)[] = [...sound];
        const [here, there] = [sound[at]!, sound[other]!];
        if (kind === 'flip') items[at] = { ...here, row: { ...here.row, [column]: `${here.row[column]}!` } };
        if (kind === 'hash') items[at] = { ...here, hash: `${here.hash.slice(0, -1)}${here.hash.endsWith('0') ? '1' : '0'}` };
        if (kind === 'remove') items[at] = { ...here, row: undefined };
        if (kind === 'remove-both') items[at] = { sequence: here.sequence, row: undefined, hash: undefined };
        const took = (from: Sound, to: Sound, hash: string) => ({
          sequence: to.sequence,
          row: { ...from.row, sequence: to.sequence },
          hash,
        });
        if (kind === 'swap') [items[at], items[other]] = [took(there, here, here.hash), took(here, there, there.hash)];
        if (kind === 'swap-with-hashes')
          [items[at], items[other]] = [took(there, here, there.hash), took(here, there, here.hash)];
        if (kind === 'duplicate') items[at] = took(there, here, here.hash);
        // The numbers are those of the signed head: what is missing at the end is an absent item.
        if (kind === 'truncate')
          for (let gone = at; gone < items.length; gone++) items[gone] = { sequence: gone + 1, row: undefined, hash: undefined };
        if (kind === 'insert') {
          const forged = row(at + 1, 'forged');
          const moved = sound.slice(at).map((item) => took(item, { ...item, sequence: item.sequence + 1 }, item.hash));
          items.splice(at, items.length, { sequence: at + 1, row: forged, hash: here.hash }, ...moved);
        }
        const damaged = items.filter((item) => item !== undefined);
        assert.notDeepEqual(complaints(damaged, sound), [], `${kind} at ${at + 1}`);
      },
    ),
    { numRuns: 400 },
  );
});

test('a chain that was computed anew over a change does not end in the signed hash', () => {
  const sound = chainOf(5);
  let hash = sound[1]!.hash;
  const forged = sound.map((item) => {
    if (item.sequence < 3) return item;
    const changed = item.sequence === 3 ? { ...item.row, source_ip: '' } : item.row;
    hash = chainHash(hash, canonicalForm(changed));
    return { ...item, row: changed, hash };
  });
  assert.deepEqual(complaints(forged, sound), ['head']);
});
