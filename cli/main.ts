// The command line: says which program to start and loads nothing else. Exit codes: 0, what the program says, or 2 for wrong use with
// one line on standard error.
import { COMMANDS, isCommand, printPage } from './command-list.ts';
import { UsageError } from './usage-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const EXIT_WRONG_USE = 2;

/** Resolves to the exit code when the command has ended. */
export async function main(argv: readonly string[], env: Environment): Promise<number> {
  try {
    return await run(argv[0], argv.slice(1), env);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`muster: ${error.message}\n`);
    return EXIT_WRONG_USE;
  }
}

async function run(given: string | undefined, args: readonly string[], env: Environment): Promise<number> {
  if (given === undefined) throw new UsageError('no command; muster help lists them');
  const command = given === '--version' ? 'version' : isHelp(given) ? 'help' : given;
  if (!isCommand(command)) throw new UsageError(`unknown command ${JSON.stringify(command)}; muster help lists them`);
  // What stands after `--` is somebody else's.
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  return own.some(isHelp) ? printPage(command) : COMMANDS[command].run(args, env);
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}
