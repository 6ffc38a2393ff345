// What aws:downloadContent takes as a source and a destination, and what it refuses by name.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDocumentReference } from './content-access.ts';
import { fileNameOf } from './download-program.ts';
import { parseDestination, parseSource } from './source.ts';

describe('content source', () => {
  it('refuses what it cannot do, and says what', () => {
    for (const [type, info, why] of [
      [undefined, {}, /SourceType must be specified/],
      ['FTP', {}, /Unsupported source type FTP/],
      ['HTTP', undefined, /SourceInfo must be specified/],
      ['HTTP', '{broken', /could not be unmarshalled for source type HTTP/],
      ['HTTP', '[]', /no JSON object/],
      ['HTTP', { url: 'http://example.com/x' }, /insecure download is not allowed/],
      ['HTTP', { url: 'file:///etc/passwd', allowInsecureDownload: true }, /must be http or https/],
      ['HTTP', { url: 'https://u:p@example.com/' }, /must not contain credentials/],
      ['HTTP', { url: 'https://example.com/', authMethod: 'Digest' }, /authMethod Digest is not supported/],
      ['HTTP', { url: 7 }, /url must be text/],
      ['S3', { path: 'https://s3.us-east-1.amazonaws.com/b/k' }, /S3 is not supported yet/],
      ['Git', { repository: 'ext::sh -c id' }, /repository must be/],
      ['Git', { repository: '--upload-pack=id' }, /repository must be/],
      ['Git', { repository: 'http://example.com/r.git' }, /repository must be/],
      ['Git', { repository: 'https://u:p@example.com/r.git' }, /without a password/],
      ['Git', { repository: '/r', privateSSHKey: 'x' }, /privateSSHKey is not supported for source type Git/],
      ['Git', { repository: '/r', username: 'x' }, /username is not supported/],
      ['Git', { repository: '/r', getOptions: 'branch:--force' }, /getOptions must be/],
      ['Git', { repository: '/r', getOptions: 'commitID:main' }, /getOptions must be/],
      ['GitHub', { repository: 'r' }, /Owner for GitHub SourceType must be specified/],
      ['GitHub', { owner: 'o/../x', repository: 'r' }, /Owner for GitHub SourceType is invalid/],
      ['GitHub', { owner: 'o', repository: 'r', path: 'a/../../b' }, /path must not contain/],
      ['GitHub', { owner: 'o', repository: 'r', tokenInfo: '{{ssm-secure:t}}' }, /tokenInfo is not supported/],
      ['SSMDocument', { name: 'a b' }, /SSM Document name must be specified/],
    ] as const) {
      assert.throws(() => parseSource(type, info), why);
    }
    assert.deepEqual(parseSource('Git', { repository: 'git@example.com:a/b.git', getOptions: 'branch: release/1.2' }), {
      kind: 'git',
      repository: 'git@example.com:a/b.git',
      checkout: { branch: 'release/1.2' },
      path: '',
      skipHostKeyChecking: false,
    });
  });

  it('keeps destinations where they were meant, and refuses to climb', () => {
    assert.equal(parseDestination(undefined, '/d'), '/d/');
    assert.equal(parseDestination('a/b/', '/d'), '/d/a/b/');
    assert.equal(parseDestination('/etc/x', '/d'), '/etc/x');
    for (const path of ['../x', 'a/../../x', String.raw`a\..\x`, '/a/../b', 'a\0'])
      assert.throws(() => parseDestination(path, '/d'));
  });

  it('names files after addresses, never out of the directory', () => {
    for (const [url, name] of [
      ['https://h/a/b.sh?x=1', 'b.sh'],
      ['https://h/a/my%20file', 'my file'],
      ['https://h/a/', 'download'],
      ['https://h/..%2f..%2fetc', '.._.._etc'],
      ['https://h/a/%ff', '%ff'],
    ] as const) {
      assert.equal(fileNameOf(url), name);
    }
  });

  it('reads a document’s name, version and ARN', () => {
    assert.deepEqual(parseDocumentReference('Name:$LATEST'), { name: 'Name', baseName: 'Name', version: '$LATEST' });
    const arn = 'arn:aws:ssm:us-east-1:123456789012:document/Name';
    assert.deepEqual(parseDocumentReference(`${arn}:7`), { name: arn, baseName: 'Name', version: '7' });
    assert.equal(parseDocumentReference('../Name'), undefined);
  });
});
