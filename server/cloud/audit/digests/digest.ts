// Digest files in CloudTrail's format, which `aws cloudtrail validate-logs` checks. Pure.
//
//   files of an hour ──> digest: their names and hashes, the name, hash and signature of the digest before ──> signed (SHA256withRSA)
//
// What is signed: the digest's end, its bucket and key, the SHA-256 of its text, and the signature of the digest before.
import { hash } from 'node:crypto';
import { isoSeconds } from '../cloud-trail-event.ts';
import type { DigestRow, FileRow, TrailRow } from '../tables.ts';

export const DIGEST_PERIOD_MS = 3_600_000;

export interface Digest {
  readonly object: string;
  /** Before it is compressed. */
  readonly text: string;
  readonly hash: string;
  readonly toSign: string;
  readonly endAt: number;
}

export function digestOf(trail: TrailRow, chain: DigestRow, files: readonly FileRow[], fingerprint: string): Digest {
  const startAt = chain.next_start_at;
  const endAt = startAt + DIGEST_PERIOD_MS;
  const object = digestKey(trail, chain.of_region, endAt);
  const time = (atMs: number): string => isoSeconds(new Date(atMs));
  const text = JSON.stringify({
    awsAccountId: trail.account,
    digestStartTime: time(startAt),
    digestEndTime: time(endAt),
    digestS3Bucket: trail.bucket,
    digestS3Object: object,
    digestPublicKeyFingerprint: fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: files.length === 0 ? null : time(Math.max(...files.map((file) => file.newest_at))),
    oldestEventTime: files.length === 0 ? null : time(Math.min(...files.map((file) => file.oldest_at))),
    previousDigestS3Bucket: chain.bucket,
    previousDigestS3Object: chain.object,
    previousDigestHashValue: chain.hash,
    previousDigestHashAlgorithm: chain.hash === null ? null : 'SHA-256',
    previousDigestSignature: chain.signature,
    logFiles: files.map((file) => ({
      s3Bucket: file.bucket,
      s3Object: file.object,
      hashValue: file.hash,
      hashAlgorithm: 'SHA-256',
      newestEventTime: time(file.newest_at),
      oldestEventTime: time(file.oldest_at),
    })),
  });
  const digestHash = hash('sha256', text);
  const toSign = [time(endAt), `${trail.bucket}/${object}`, digestHash, chain.signature ?? 'null'].join('\n');
  return { object, text, hash: digestHash, toSign, endAt };
}

function digestKey({ account, region: home, name, prefix }: TrailRow, region: string, endAt: number): string {
  const end = isoSeconds(new Date(endAt));
  const day = end.slice(0, 10).replaceAll('-', '/');
  const head = prefix === null || prefix === '' ? '' : `${prefix}/`;
  const file = `${account}_CloudTrail-Digest_${region}_${name}_${home}_${end.replaceAll(/[-:]/g, '')}.json.gz`;
  return `${head}AWSLogs/${account}/CloudTrail-Digest/${region}/${day}/${file}`;
}
