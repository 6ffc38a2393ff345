// aws:runPowerShellScript where there is no PowerShell.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import runPowerShellScript from './run-power-shell-script.ts';

it('aws:runPowerShellScript says that PowerShell is missing, and runs nothing', async () => {
  const outcome = await runPowerShellScript.run(
    { runCommand: ['Get-Date'] },
    {
      platform: 'Linux',
      directory: '/nonexistent',
      run: 1,
      workingDirectory: '/',
      environment: { PATH: '/nonexistent' },
      supervise: () => Promise.reject(new Error('nothing must run')),
    },
  );
  assert.equal(outcome.status, 'Failed');
  assert.match(outcome.standardError, /no pwsh on this machine/);
});
