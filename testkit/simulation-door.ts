// A socket in front of a simulated server, for programs that speak to nothing else: the AWS CLI, SDKs as they are.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Simulation } from './simulation.ts';

export interface SimulationDoor extends AsyncDisposable {
  readonly endpoint: string;
}

export async function openDoor(simulation: Simulation): Promise<SimulationDoor> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      simulation.network.post(request.url ?? '/', headers, Buffer.concat(chunks).toString(), request.method).then(
        ({ status, body }) => response.writeHead(status).end(body),
        () => response.destroy(),
      );
    });
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}
