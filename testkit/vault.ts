// A stand-in for Vault's Transit engine over HTTP: encrypts and decrypts under keys of its own, for one token.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemIds } from '@muster/server/platform/ids.ts';
import { sealWith } from '@muster/server/platform/seal/index.ts';

export interface TransitVault extends AsyncDisposable {
  readonly address: string;
  readonly token: string;
  /** Verb and name of the key of every call, in order. */
  readonly calls: readonly string[];
}

export async function startTransitVault(): Promise<TransitVault> {
  const seal = sealWith(systemIds.bytes(32), systemIds);
  const token = `hvs.${systemIds.hex(24)}`;
  const calls: string[] = [];
  const answer = (request: IncomingMessage, body: string): { readonly status: number; readonly content: unknown } => {
    const [, verb, key] = /^\/v1\/transit\/(encrypt|decrypt)\/([\w.-]+)$/.exec(request.url ?? '') ?? [];
    if (verb === undefined || key === undefined) return { status: 404, content: { errors: ['no handler for route'] } };
    calls.push(`${verb} ${key}`);
    if (request.headers['x-vault-token'] !== token) return { status: 403, content: { errors: ['permission denied'] } };
    const asked = JSON.parse(body) as { readonly plaintext?: string; readonly ciphertext?: string };
    try {
      return verb === 'encrypt'
        ? { status: 200, content: { data: { ciphertext: `vault:v1:${wrap(asked.plaintext ?? '', key)}` } } }
        : { status: 200, content: { data: { plaintext: unwrap(asked.ciphertext ?? '', key) } } };
    } catch {
      return { status: 400, content: { errors: ['cipher: message authentication failed'] } };
    }
  };
  const wrap = (plaintext: string, key: string): string =>
    Buffer.from(seal.seal(Buffer.from(plaintext, 'base64'), key)).toString('base64');
  const unwrap = (ciphertext: string, key: string): string =>
    seal.unseal(Buffer.from(ciphertext.replace('vault:v1:', ''), 'base64').toString(), key).toString('base64');

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, content } = answer(request, Buffer.concat(chunks).toString());
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Listening on a port.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    token,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
