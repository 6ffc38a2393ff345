// The composed server behind a port of HTTP, for the official clients: as the administrator and as users with policies of their own.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import { Simulation } from '@muster/testkit/simulation.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface KmsDoor {
  readonly simulation: Simulation;
  readonly endpoint: string;
  readonly client: kms.KMSClient;
  readonly configFor: (credentials: Credentials) => {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
    readonly maxAttempts: number;
  };
  newKey(input?: kms.CreateKeyCommandInput): Promise<string>;
  userWith(userName: string, document?: string): Promise<kms.KMSClient>;
  close(): Promise<void>;
}

export const ACCOUNT = '000000000000';
export const keyArn = (id: string): string => `arn:aws:kms:us-east-1:${ACCOUNT}:key/${id}`;
export const userArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:user/${name}`;
export const policy = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });

export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Error);
    return `${error.name}: ${error.message}`;
  }
  return 'allowed';
}

export async function openKmsDoor(seed: number): Promise<KmsDoor> {
  const complaints: string[] = [];
  /** The clients sign with the real time. */
  const now = new Date();
  const simulation = new Simulation({ seed, now, log: (line) => void (/ ERROR /.test(line) && complaints.push(line)) });
  await simulation.start();
  // The clients' own HTTP, answered from the simulation's network.
  const door = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      simulation.network.post(request.url ?? '/', headers, Buffer.concat(chunks).toString(), request.method).then(
        (answer) => response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(answer.body),
        () => response.destroy(),
      );
    });
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  const configFor = ({ sessionToken, ...keys }: Credentials) => {
    const credentials = sessionToken === undefined ? keys : { ...keys, sessionToken };
    return { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
  };
  const client = new kms.KMSClient(configFor(simulation.administrator));
  const admin = new iam.IAMClient(configFor(simulation.administrator));
  return {
    simulation,
    endpoint,
    client,
    configFor,
    newKey: async (input = {}) => (await client.send(new kms.CreateKeyCommand(input))).KeyMetadata?.KeyId ?? '',
    async userWith(UserName, document) {
      await admin.send(new iam.CreateUserCommand({ UserName }));
      if (document !== undefined)
        await admin.send(new iam.PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: document }));
      const { AccessKey } = await admin.send(new iam.CreateAccessKeyCommand({ UserName }));
      return new kms.KMSClient(
        configFor({ accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }),
      );
    },
    async close() {
      door.closeAllConnections();
      door.close();
      await simulation.stop();
      assert.deepEqual(complaints, []);
    },
  };
}
