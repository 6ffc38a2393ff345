// aws:runPowerShellScript where there is no PowerShell.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ManualClock } from '../testing/manual-clock.ts';
import runPowerShellScript from './run-power-shell-script.ts';

it('aws:runPowerShellScript says that PowerShell is missing, and runs nothing', async () => {
  const outcome = await runPowerShellScript.run(
    { runCommand: ['Get-Date'] },
    {
      platform: 'Linux',
      directory: '/nonexistent',
      downloadsDirectory: '/nonexistent',
      depth: 0,
      run: 1,
      workingDirectory: '/',
      environment: { PATH: '/nonexistent' },
      content: { ca: undefined, getDocument: () => Promise.reject(new Error('nothing is asked for')) },
      api: { call: () => Promise.reject(new Error('nothing is asked for')) },
      packages: {
        directory: '/nonexistent',
        allowInsecure: false,
        machine: () => {
          throw new Error('nothing is asked for');
        },
      },
      clock: new ManualClock(),
      signal: new AbortController().signal,
      runInner: () => Promise.reject(new Error('nothing must run')),
      supervise: () => Promise.reject(new Error('nothing must run')),
    },
  );
  assert.equal(outcome.status, 'Failed');
  assert.match(outcome.standardError, /no pwsh on this machine/);
});
