// `npm run bench -- NAME [options]`: speed and memory, measured against a baseline in the same run. Not part of the tests.
import { parseArgs } from 'node:util';
import { fanOut } from './fan-out.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nodes: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    'idle-seconds': { type: 'string', default: '60' },
  },
});

switch (positionals[0]) {
  case 'fan-out':
    await fanOut({ nodes: Number(values.nodes), rounds: Number(values.rounds), idleSeconds: Number(values['idle-seconds']) });
    break;
  default:
    process.stderr.write('usage: npm run bench -- fan-out [--nodes 1000] [--rounds 5] [--idle-seconds 60]\n');
    process.exitCode = 2;
}
