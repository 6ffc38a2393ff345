// Delivers the digests of a trail: one an hour for each region, while files are delivered. At least once: a digest that is written again after a crash
// has the same name, text and signature, since what it says stands in the database.
import { gzipSync } from 'node:zlib';
import type { Seal } from '../../../platform/seal/index.ts';
import type { Database, ReadTx } from '../../../platform/store/index.ts';
import { changeTrail, isCurrent } from '../store.ts';
import type { DigestRow, TrailRow } from '../tables.ts';
import type { TrailBuckets } from '../trail-buckets.ts';
import { DIGEST_PERIOD_MS, digestOf } from './digest.ts';
import { digestSigner } from './digest-keys.ts';
import { digestChains, filesBefore, moveChain, removeFiles } from './digest-store.ts';

export interface DigestDelivery {
  readonly database: Database;
  readonly seal: Pick<Seal, 'seal' | 'unseal'>;
  readonly buckets: TrailBuckets;
}

/** After a day on which the server was not up, a pass; the rest follows at once. */
const DIGESTS_PER_PASS_MAX = 24;
/** An hour has 120 files at the usual interval, and more under load: what is above stands in the next digest. */
const FILES_MAX = 2_000;

/** Chains whose hour is over. A trail that is stopped, or writes no digests any more (of a region), still gets those of what it had delivered. */
export async function dueChains(tx: ReadTx, trail: TrailRow, now: Date): Promise<DigestRow[]> {
  const over = (await digestChains(tx, trail)).filter((chain) => chain.next_start_at + DIGEST_PERIOD_MS <= now.getTime());
  const goesOn = ({ of_region: region }: DigestRow): boolean =>
    trail.logging === 1 && trail.digests === 1 && (trail.multi_region === 1 || region === trail.region);
  const due = over.filter(goesOn);
  for (const chain of over) {
    if (goesOn(chain)) continue;
    const [file] = await filesBefore(tx, trail, chain.of_region, now.getTime(), 1);
    if (file !== undefined) due.push(chain);
  }
  return due;
}

/** Answers whether there is more to do. */
export async function deliverDigests(domain: DigestDelivery, trail: TrailRow, now: Date): Promise<boolean> {
  const { database, buckets } = domain;
  for (let made = 0; made < DIGESTS_PER_PASS_MAX; made++) {
    const [chain] = await database.read((tx) => dueChains(tx, trail, now));
    if (chain === undefined) return false;
    const endAt = chain.next_start_at + DIGEST_PERIOD_MS;
    const files = await database.read((tx) => filesBefore(tx, trail, chain.of_region, endAt, FILES_MAX));
    const signer = await digestSigner(domain, trail.account, chain.next_start_at);
    const digest = digestOf(trail, chain, files, signer.fingerprint);
    const signature = signer.sign(digest.toSign);
    await buckets.put(trail.bucket, digest.object, gzipSync(digest.text), {
      signature,
      'signature-algorithm': 'SHA256withRSA',
    });
    await database.write('audit.digest', async (tx) => {
      if (!(await isCurrent(tx, trail))) return;
      await moveChain(tx, {
        ...chain,
        next_start_at: endAt,
        bucket: trail.bucket,
        object: digest.object,
        hash: digest.hash,
        signature,
      });
      await removeFiles(tx, trail, files);
      await changeTrail(tx, trail, { digest_delivered_at: now.getTime(), digest_failure: null });
    });
  }
  return true;
}
