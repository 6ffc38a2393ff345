// What the server says of a package, believed or not.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { NodeApi } from '../access/node-api.ts';
import { ApiError } from '../access/ssm-client.ts';
import type { PackageMachine } from './machine.ts';
import { PackageError } from './manifest.ts';
import { findPackage } from './package-source.ts';

const [ONE, TWO] = ['1'.repeat(64), '2'.repeat(64)];
const MACHINE: PackageMachine = {
  platform: 'debian',
  platformVersion: '12',
  platformFamily: 'debian',
  architecture: 'x86_64',
  initSystem: '',
  packageManager: 'apt',
};

function manifest(file: Record<string, unknown>): string {
  return JSON.stringify({ version: '1.2', packages: { _any: { _any: { _any: { file: 'f.zip' } } } }, files: { 'f.zip': file } });
}

/** An API that answers as given, and refuses the rest; each call is noted. */
function api(answers: Readonly<Record<string, Record<string, unknown>>>): NodeApi & { readonly calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    call(operation, input) {
      calls.push(`${operation} ${JSON.stringify(input)}`);
      const answer = answers[operation];
      return answer === undefined ? Promise.reject(new ApiError('ResourceNotFoundException', '', 400)) : Promise.resolve(answer);
    },
  };
}

function documentOf(
  content: string,
  attachment: Record<string, unknown>,
  status = 'Active',
): Record<string, Record<string, unknown>> {
  return {
    DescribeDocument: { Document: { Status: status } },
    GetDocument: { Status: status, Content: content, AttachmentsContent: [{ Name: 'f.zip', Url: 'https://h/f', ...attachment }] },
  };
}

it('a package of the package store is fetched from where its manifest says', async () => {
  const file = { checksums: { sha256: ONE }, downloadLocation: 'https://store/f.zip' };
  const server = api({ GetManifest: { Manifest: manifest(file) } });
  const found = await findPackage(server, 'P', '', MACHINE);
  assert.deepEqual(found, { version: '1.2', fileName: 'f.zip', url: 'https://store/f.zip', sha256: ONE });
  assert.deepEqual(server.calls, ['GetManifest {"PackageName":"P","PackageVersion":"latest"}']);
});

it('the store is not asked for what only a document can be, and another error of it counts', async () => {
  const document = documentOf(manifest({ checksums: { sha256: ONE } }), {});
  const arn = api(document);
  await findPackage(arn, 'arn:aws:ssm:us-east-1:111122223333:document/P', '', MACHINE);
  assert.match(arn.calls[0] ?? '', /^DescribeDocument/);
  const odd = api(document);
  await findPackage(odd, 'P', '1-beta', MACHINE);
  assert.deepEqual(odd.calls, [
    'DescribeDocument {"Name":"P","VersionName":"1-beta"}',
    'GetDocument {"Name":"P","VersionName":"1-beta"}',
  ]);
  const down: NodeApi = { call: () => Promise.reject(new ApiError('InternalServerError', '', 500)) };
  await assert.rejects(findPackage(down, 'P', '', MACHINE), /InternalServerError/);
});

it('nothing is taken without one digest that all agree on', async () => {
  const find = (
    file: Record<string, unknown>,
    attachment: Record<string, unknown>,
    status?: string,
  ): Promise<{ sha256: string }> => findPackage(api(documentOf(manifest(file), attachment, status)), 'P', '', MACHINE);
  assert.equal((await find({}, { Hash: TWO, HashType: 'Sha256' })).sha256, TWO);
  assert.equal((await find({ checksums: { sha256: ONE.toUpperCase() } }, { Hash: ONE })).sha256, ONE);
  for (const [file, attachment, status, why] of [
    [{ checksums: { sha256: ONE } }, { Hash: TWO }, 'Active', /say different SHA-256 of f\.zip/],
    [{}, {}, 'Active', /no SHA-256 of f\.zip/],
    [{ checksums: { md5: 'x' } }, { Hash: ONE, HashType: 'Md5' }, 'Active', /no SHA-256 of f\.zip/],
    [{ checksums: { sha256: ONE } }, { Name: 'other' }, 'Active', /has no attachment f\.zip/],
    [{ checksums: { sha256: ONE } }, { Url: '' }, 'Active', /no address for f\.zip/],
    [{ checksums: { sha256: ONE } }, {}, 'Creating', /is Creating, not Active/],
  ] as const) {
    await assert.rejects(find(file, attachment, status), (error) => error instanceof PackageError && why.test(error.message));
  }
});
