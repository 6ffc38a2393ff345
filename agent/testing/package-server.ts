// A server's packages for tests, as the wire has them: documents with attachments (GetManifest knows none), and the archives by HTTP.
import { createHash } from 'node:crypto';
import { ApiError } from '../access/ssm-client.ts';
import type { NodeApi } from '../access/node-api.ts';
import { serveContent } from './content-sources.ts';
import type { TlsIdentity } from './fake-server.ts';
import { zipOf } from './zip-fixture.ts';

export interface ServedPackage {
  readonly name: string;
  readonly version: string;
  /** Files of the archive. */
  readonly files: Readonly<Record<string, string>>;
  /** What the manifest says instead of the truth. */
  readonly sha256?: string;
}

type Answer = Record<string, unknown>;

export class PackageServer implements AsyncDisposable {
  readonly calls: { readonly operation: string; readonly input: Readonly<Record<string, unknown>> }[] = [];
  readonly #packages: ServedPackage[] = [];
  readonly #url: string;
  readonly #close: () => PromiseLike<void>;
  /** Of archives; each waits for it. */
  gate: Promise<void> = Promise.resolve();
  downloads = 0;

  private constructor(url: string, close: () => PromiseLike<void>) {
    this.#url = url;
    this.#close = close;
  }

  static async start(tls?: TlsIdentity): Promise<PackageServer> {
    const box: { server?: PackageServer } = {};
    const http = await serveContent((request, response) => {
      const { server } = box;
      const one = server?.archive(request.url ?? '');
      if (server === undefined || one === undefined) return void response.writeHead(404).end();
      server.downloads += 1;
      void server.gate.then(() => response.end(one));
    }, tls);
    box.server = new PackageServer(http.url, () => http[Symbol.asyncDispose]());
    return box.server;
  }

  publish(...packages: readonly ServedPackage[]): void {
    this.#packages.push(...packages);
  }

  archive(path: string): Buffer | undefined {
    const served = this.#packages.find((one) => path === `/${one.name}/${one.version}.zip`);
    return served === undefined ? undefined : archiveOf(served);
  }

  /** As the node's API. */
  get api(): NodeApi {
    return {
      call: (operation, input) => {
        const answer = this.answer(operation, input);
        if (typeof answer['__type'] === 'string')
          return Promise.reject(new ApiError(answer['__type'], String(answer['message']), 400));
        return Promise.resolve(answer);
      },
    };
  }

  answer(operation: string, input: Readonly<Record<string, unknown>>): Answer {
    this.calls.push({ operation, input });
    if (operation === 'GetManifest') return { __type: 'ResourceNotFoundException', message: 'no such package' };
    if (operation === 'PutConfigurePackageResult') return {};
    const served = this.#packages.findLast(
      (one) => one.name === input['Name'] && [undefined, one.version].includes(input['VersionName'] as string | undefined),
    );
    if (served === undefined)
      return { __type: 'InvalidDocument', message: `Document with name ${String(input['Name'])} does not exist.` };
    if (operation === 'DescribeDocument')
      return { Document: { Name: served.name, DocumentVersion: '1', Status: 'Active', Hash: 'h' } };
    if (operation !== 'GetDocument') return { __type: 'UnknownOperationException', message: operation };
    const file = 'package.zip';
    const archive = archiveOf(served);
    const sha256 = createHash('sha256').update(archive).digest('hex');
    const content = {
      schemaVersion: '2.0',
      version: served.version,
      packages: {
        debian: { '12.*': { x86_64: { file: 'other.zip' } }, '12': { _any: { file } } },
        _any: { _any: { _any: { file } } },
      },
      files: { [file]: { checksums: { sha256: served.sha256 ?? sha256 }, size: archive.length } },
    };
    const url = `${this.#url}/${served.name}/${served.version}.zip`;
    const attachment = { Name: file, Url: url, Size: archive.length, Hash: served.sha256 ?? sha256, HashType: 'Sha256' };
    return {
      Name: served.name,
      DocumentVersion: '1',
      Status: 'Active',
      Content: JSON.stringify(content),
      AttachmentsContent: [attachment],
    };
  }

  count(operation: string): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

function archiveOf(served: ServedPackage): Buffer {
  return zipOf(Object.entries(served.files).map(([name, text]) => ({ name, text })));
}
