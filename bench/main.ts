// `npm run bench -- NAME [options]`: speed and memory, measured against a baseline in the same run. Each ends with its bars, and exits with 1
// when one is missed. Not part of the tests.
import { parseArgs } from 'node:util';

const USAGE = `usage: npm run bench -- NAME [options]
  fan-out      [--nodes 1000] [--rounds 5] [--idle-seconds 60] [--output-bytes 0]
  first-start  [--sizes 100,1000,10000] [--rounds 5]
  readers      [--nodes 1000] [--rounds 5] [--readers 1000]
  lists        [--invocations 10000000] [--commands 2000] [--pages 300] [--data-dir DIR]
  peers        [--nodes 20] [--rounds 5]
  api          [--clients 64] [--rounds 5] [--seconds 3]
  parameters   [--clients 64] [--rounds 5] [--seconds 3] [--parameters 1000,100000,1000000] [--pages 300] [--only gets,puts,pages,slow-disk,memory]
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nodes: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    'idle-seconds': { type: 'string', default: '60' },
    'output-bytes': { type: 'string', default: '0' },
    sizes: { type: 'string', default: '100,1000,10000' },
    readers: { type: 'string', default: '1000' },
    invocations: { type: 'string', default: '10000000' },
    commands: { type: 'string', default: '2000' },
    pages: { type: 'string', default: '300' },
    'data-dir': { type: 'string' },
    clients: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string' },
    parameters: { type: 'string', default: '1000,100000,1000000' },
  },
});

const rounds = Number(values.rounds);
const nodes = Number(values.nodes ?? 1_000);

switch (positionals[0]) {
  case 'fan-out': {
    const { fanOut } = await import('./fan-out.ts');
    const idleSeconds = Number(values['idle-seconds']);
    await fanOut({ nodes, rounds, idleSeconds, outputBytes: Number(values['output-bytes']) });
    break;
  }
  case 'first-start': {
    const { firstStart } = await import('./first-start.ts');
    await firstStart({ rounds, sizes: values.sizes.split(',').map(Number) });
    break;
  }
  case 'readers': {
    const { readers } = await import('./readers.ts');
    await readers({ nodes, rounds, readers: Number(values.readers) });
    break;
  }
  case 'lists': {
    const { lists } = await import('./lists.ts');
    const [invocations, commands, pages] = [values.invocations, values.commands, values.pages].map(Number) as [
      number,
      number,
      number,
    ];
    await lists({ invocations, commands, pages, dataDir: values['data-dir'] });
    break;
  }
  case 'peers': {
    const { peers } = await import('./peers.ts');
    await peers({ nodes: Number(values.nodes ?? 20), rounds });
    break;
  }
  case 'api': {
    const { api } = await import('./api.ts');
    await api({ clients: Number(values.clients), rounds, seconds: Number(values.seconds) });
    break;
  }
  case 'parameters': {
    const { parameters } = await import('./parameters.ts');
    const only = values.only?.split(',') ?? [];
    const sizes = values.parameters.split(',').map(Number);
    const [clients, seconds, pages] = [values.clients, values.seconds, values.pages].map(Number) as [number, number, number];
    await parameters({ clients, rounds, seconds, sizes, pages, only });
    break;
  }
  default:
    process.stderr.write(USAGE);
    process.exitCode = 2;
}
