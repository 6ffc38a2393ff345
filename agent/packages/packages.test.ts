// A package over the real wire: an agent process that is killed while the package installs, a server with an authority of its own.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { AgentHome } from '../testing/agent-process.ts';
import { FakeServer } from '../testing/fake-server.ts';
import { fileAppears } from '../testing/file-appears.ts';
import { PackageServer } from '../testing/package-server.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../testing/tls-fixture.ts';

const TLS = { key: TEST_KEY, cert: TEST_CERTIFICATE };

async function startServer(packages: PackageServer): Promise<FakeServer & AsyncDisposable> {
  const server = await FakeServer.start(0, TLS);
  for (const operation of ['GetManifest', 'DescribeDocument', 'GetDocument', 'PutConfigurePackageResult']) {
    server.answers.set(operation, (input) => packages.answer(operation, input));
  }
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}

const install = {
  schemaVersion: '2.2',
  mainSteps: [{ action: 'aws:configurePackage', name: 'package', inputs: { name: 'HelloPkg', action: 'Install' } }],
};

describe('packages', () => {
  it('an agent that was killed while a package installs goes on, and installs it once', async () => {
    await using packages = await PackageServer.start(TLS);
    await using server = await startServer(packages);
    await using home = new AgentHome();
    const [log, begun, go] = [home.file('log'), home.file('begun'), home.file('go')];
    const script = `echo "$BWS_INSTANCE_ID $BWS_REGION" >> '${log}'\ntouch '${begun}'\nwhile [ ! -e '${go}' ]; do sleep 0.05; done\necho over\n`;
    packages.publish({ name: 'HelloPkg', version: '1.0.0', files: { 'install.sh': script } });
    const ca = home.file('ca.pem');
    writeFileSync(ca, TEST_CERTIFICATE);
    const agent = home.start(server, ['--ca', ca]);
    await server.connected();
    const jobId = server.sendCommand(install);
    await fileAppears(begun);
    await agent.kill('SIGKILL');
    writeFileSync(go, '');
    home.start(server, ['--ca', ca]);
    const { reply } = await server.final(jobId);
    assert.equal(reply.documentStatus, 'Success', JSON.stringify(reply.runtimeStatus));
    assert.match(reply.runtimeStatus?.['package']?.standardOutput ?? '', /over\nSuccessfully installed HelloPkg 1\.0\.0$/);
    assert.equal(readFileSync(log, 'utf8'), 'mi-0123456789abcdef0 us-east-1\n');
    await server.until('its result', () => packages.count('PutConfigurePackageResult') === 1);
    assert.deepEqual(server.problems, []);
  });

  it('a server that is asked by https is not believed an http address', async () => {
    await using packages = await PackageServer.start();
    await using server = await startServer(packages);
    await using home = new AgentHome();
    packages.publish({ name: 'HelloPkg', version: '1.0.0', files: { 'install.sh': 'exit 0' } });
    const ca = home.file('ca.pem');
    writeFileSync(ca, TEST_CERTIFICATE);
    home.start(server, ['--ca', ca]);
    await server.connected();
    const { reply } = await server.final(server.sendCommand(install));
    assert.match(reply.runtimeStatus?.['package']?.standardError ?? '', /an address for the package that is not https/);
    assert.equal(packages.downloads, 0);
  });
});
