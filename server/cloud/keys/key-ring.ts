// Keys with their material, in memory: a read decrypts without the database. What a change in this process touches is dropped at once; another
// replica's change is seen within a minute. Loaded inside a unit of work nothing is kept: the unit may still fail.
import type { NowOrLater } from '../../platform/access/authenticator.ts';
import { fail } from '../../platform/api/errors.ts';
import type { Ids, Scope } from '../../platform/ids.ts';
import type { Seal } from '../../platform/seal/index.ts';
import type { Database, ReadTx, Tx } from '../../platform/store/index.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { aliasArn, type Key, keyArn, SSM_ALIAS } from './key.ts';
import { type KeyName, readKeyName } from './key-name.ts';
import { newMaterial, sealContext } from './material.ts';
import { ssmPolicy } from './policy.ts';
import * as store from './store.ts';

export interface HeldMaterial {
  readonly id: string;
  readonly bytes: Buffer;
}

export interface HeldKey {
  readonly key: Key;
  readonly arn: string;
  /** By version. */
  readonly materials: ReadonlyMap<number, HeldMaterial>;
}

export interface KeyRingOptions {
  readonly database: Database;
  readonly seal: Pick<Seal, 'seal' | 'unseal'>;
  readonly clock: Pick<Clock, 'now' | 'nowMs' | 'setTimer'>;
  readonly ids: Ids;
}

export interface KeyRing {
  /** At once what is held. */
  find(scope: Scope, keyId: string, tx?: ReadTx): NowOrLater<HeldKey | undefined>;
  /** The key that an alias points at. `alias/aws/ssm` of the asker's own scope is made here. Inside a unit of work with its `tx`. */
  target(home: Scope, name: Extract<KeyName, { kind: 'alias' }>, tx?: Tx): Promise<string | undefined>;
  /** By any name. Throws NotFoundException. */
  get(home: Scope, given: string, tx?: Tx): Promise<HeldKey>;
  /** After the commit of a change. */
  forget(scope: Scope, keyId: string): void;
  forgetAlias(scope: Scope, name: string): void;
}

/** Keys in memory: a policy and some versions of 32 bytes each, about 10 MB when full. */
const HELD_MAX = 2_000;
/** How long another replica's change may go unnoticed. */
const HELD_MS = 60_000;

export function createKeyRing(options: KeyRingOptions): KeyRing {
  const { database, clock } = options;
  const held = new Memory<HeldKey>(clock);
  const targets = new Memory<string>(clock);

  const ring: KeyRing = {
    find(scope, keyId, tx) {
      const name = keyArn(scope, keyId);
      return (
        held.get(name) ?? held.keep(name, tx === undefined, () => inside(tx, (reader) => load(options, reader, scope, keyId)))
      );
    },
    async target(home, { scope, name }, tx) {
      const arn = aliasArn(scope, name);
      const known = targets.get(arn);
      if (known !== undefined) return known;
      return targets.keep(arn, tx === undefined, async () => {
        const alias = await inside(tx, (reader) => store.findAlias(reader, scope, name));
        if (alias !== undefined) return alias.keyId;
        if (name !== SSM_ALIAS || scope.account !== home.account) return undefined;
        return tx === undefined
          ? database.write('keys.make-ssm-key', (unit) => makeSsmKey(options, unit, scope))
          : makeSsmKey(options, tx, scope);
      });
    },
    async get(home, given, tx) {
      const name = readKeyName(home, given);
      const keyId = name.kind === 'id' ? name.id : await ring.target(home, name, tx);
      if (keyId === undefined) return fail('NotFoundException', notFoundText(name));
      return (await ring.find(name.scope, keyId, tx)) ?? fail('NotFoundException', notFoundText(name));
    },
    forget: (scope, keyId) => held.forget(keyArn(scope, keyId)),
    forgetAlias: (scope, name) => targets.forget(aliasArn(scope, name)),
  };
  const inside = <R>(tx: ReadTx | undefined, read: (reader: ReadTx) => Promise<R>): Promise<R> =>
    tx === undefined ? database.read(read) : read(tx);
  return ring;
}

export function notFoundText(name: KeyName): string {
  return name.kind === 'alias'
    ? `Alias ${aliasArn(name.scope, name.name)} is not found.`
    : `Key '${keyArn(name.scope, name.id)}' does not exist`;
}

async function load(
  { seal }: Pick<KeyRingOptions, 'seal'>,
  tx: ReadTx,
  scope: Scope,
  keyId: string,
): Promise<HeldKey | undefined> {
  const key = await store.findKey(tx, scope, keyId);
  if (key === undefined) return undefined;
  const rows = await store.materialsOf(tx, scope, keyId);
  const materials = rows.map(
    (row) => [row.version, { id: row.material_id, bytes: seal.unseal(row.sealed_material, sealContext(row)) }] as const,
  );
  return { key, arn: keyArn(key, keyId), materials: new Map(materials) };
}

/** Whoever comes second takes what the first made. */
async function makeSsmKey(options: Pick<KeyRingOptions, 'seal' | 'ids' | 'clock'>, tx: Tx, scope: Scope): Promise<string> {
  const keyId = options.ids.uuid();
  const now = options.clock.now();
  if (!(await store.insertAlias(tx, scope, { name: SSM_ALIAS, keyId, createdAt: now, updatedAt: now }))) {
    const made = await store.findAlias(tx, scope, SSM_ALIAS);
    if (made === undefined) throw new Error(`${aliasArn(scope, SSM_ALIAS)} is taken and not there`);
    return made.keyId;
  }
  await store.insertKey(tx, {
    account: scope.account,
    region: scope.region,
    keyId,
    manager: 'AWS',
    spec: 'SYMMETRIC_DEFAULT',
    description: 'Default key that protects my SSM parameters when no other key is defined',
    state: 'Enabled',
    policy: ssmPolicy(scope),
    createdAt: now,
    version: 1,
    deletionAt: undefined,
    deletionDays: undefined,
    rotationDays: undefined,
    rotationAt: undefined,
  });
  await store.insertMaterial(tx, newMaterial(options, scope, keyId, 1, now));
  return keyId;
}

/** By name, the oldest goes first, for a minute. */
class Memory<Value> {
  /** The first to go is the first: all stay equally long. */
  readonly #kept = new Map<string, { readonly value: Value; readonly until: number }>();
  readonly #clock: Pick<Clock, 'nowMs' | 'setTimer'>;
  #sweeps = false;
  /** Counts changes, so that what was read before one is not kept after it. */
  #changes = 0;

  constructor(clock: Pick<Clock, 'nowMs' | 'setTimer'>) {
    this.#clock = clock;
  }

  get(name: string): Value | undefined {
    const kept = this.#kept.get(name);
    return kept !== undefined && kept.until > this.#clock.nowMs() ? kept.value : undefined;
  }

  async keep(name: string, mayKeep: boolean, load: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const before = this.#changes;
    const value = await load();
    if (value === undefined || !mayKeep || before !== this.#changes) return value;
    this.#kept.delete(name);
    if (this.#kept.size >= HELD_MAX) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    this.#kept.set(name, { value, until: this.#clock.nowMs() + HELD_MS });
    this.#sweepLater();
    return value;
  }

  /** What nobody asks for again goes all the same. */
  #sweepLater(): void {
    if (this.#sweeps || this.#kept.size === 0) return;
    this.#sweeps = true;
    this.#clock.setTimer(HELD_MS, () => {
      this.#sweeps = false;
      for (const [name, { until }] of this.#kept) {
        if (until > this.#clock.nowMs()) break;
        this.#kept.delete(name);
      }
      this.#sweepLater();
    });
  }

  forget(name: string): void {
    this.#changes++;
    this.#kept.delete(name);
  }
}
