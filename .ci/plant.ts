// Plants a secret wherever a caller's secret can reach the server by mistake: as a signing secret, a session token, a password in a header, a
// wrong activation code. Each call must be refused; what comes back is printed, for the search that follows.
import { DescribeInstanceInformationCommand, SSMClient } from '@aws-sdk/client-ssm';

const [planted = ''] = process.argv.slice(2);
const real = { accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? '' };
const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';

for (const credentials of [
  { ...real, secretAccessKey: planted },
  { ...real, sessionToken: planted },
]) {
  const client = new SSMClient({ credentials, maxAttempts: 1 });
  await refused(() => client.send(new DescribeInstanceInformationCommand({})));
}
const headers = { 'content-type': 'application/x-amz-json-1.1' };
await answered({ ...headers, authorization: `Basic ${planted}`, 'x-amz-target': 'AmazonSSM.DescribeInstanceInformation' }, '{}');
await answered(
  { ...headers, 'x-amz-target': 'AmazonSSM.RegisterManagedInstance' },
  JSON.stringify({
    ActivationId: '00000000-0000-4000-8000-000000000000',
    ActivationCode: planted,
    Fingerprint: '00000000-0000-4000-8000-000000000001',
    PublicKey: 'x'.repeat(392),
    PublicKeyType: 'Rsa',
  }),
);

async function refused(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    process.stdout.write(`${String(error)}\n`);
    return;
  }
  throw new Error('a call with a wrong secret was accepted');
}

async function answered(withHeaders: Record<string, string>, body: string): Promise<void> {
  const answer = await fetch(`${endpoint}/`, { method: 'POST', headers: withHeaders, body });
  process.stdout.write(`${answer.status} ${await answer.text()}\n`);
  if (answer.ok) throw new Error('a call with a wrong secret was accepted');
}
