// `muster access explain`: whether somebody may do something, and why, for whoever looks at a denial.
import type { Host } from '../host.ts';
import { readOptions, SERVER_OPTIONS } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { withServer } from '../server-session.ts';
import { plainName } from '../terminal/untrusted-text.ts';
import { UsageError } from '../usage-error.ts';

export const ACCESS_HELP = `muster access: who may do what, and why

  muster access explain ACTION [RESOURCE] [--principal ARN] [--context KEY=VALUE[,VALUE…]]…
                                     whether ACTION (ssm:SendCommand) on RESOURCE (an ARN; of a key also alias/NAME) is allowed, and what decides it

  --principal ARN                    a user or a role, instead of yourself
  --context KEY=VALUE[,VALUE…]       what the call would bring, such as aws:SourceIp=10.0.0.1 or kms:EncryptionContext:Stage=dev
  --json                             the answer of Muster.ExplainAccess
  --data-dir DIR                     the server's data directory, instead of the variables that muster credentials sets

Exit code 0: allowed. 1: denied.
`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  principal: { type: 'string' },
  context: { type: 'string', multiple: true },
} as const;

/** Of a denial: a shell's test for it. */
const EXIT_DENIED = 1;

interface StatementView {
  readonly Layer: string;
  readonly PolicyId: string;
  readonly Statement: string;
  readonly StartLine?: number;
  readonly Reason?: string;
}

interface Explanation {
  readonly Decision: string;
  readonly Explanation: string;
  readonly MatchedStatements: readonly StatementView[];
  readonly NearMisses: readonly StatementView[];
  readonly MissingContextKeys: readonly string[];
}

export async function accessCommand(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('access', argv, OPTIONS);
  if (values.help === true) {
    host.stdout.write(ACCESS_HELP);
    return EXIT.success;
  }
  const [verb, action, resource, ...more] = positionals;
  if (verb !== 'explain' || action === undefined || more.length > 0)
    throw new UsageError('muster access explain ACTION [RESOURCE]; muster access --help');
  const input = {
    Action: action,
    ...(resource === undefined ? {} : { Resource: resource }),
    ...(values.principal === undefined ? {} : { PrincipalArn: values.principal }),
    ...(values.context === undefined ? {} : { ContextEntries: values.context.map(readContext) }),
  };
  return withServer(host, values['data-dir'], async ({ client, screen }) => {
    const answer = await client.read('muster', 'Muster.ExplainAccess', input);
    const explanation = answer as unknown as Explanation;
    if (values.json === true) screen.print(JSON.stringify(answer));
    else for (const line of linesOf(explanation)) screen.print(plainName(line));
    return explanation.Decision === 'allowed' ? EXIT.success : EXIT_DENIED;
  });
}

function readContext(given: string): { Key: string; Values: string[] } {
  const equals = given.indexOf('=');
  if (equals < 1) throw new UsageError(`--context ${JSON.stringify(given)} is not KEY=VALUE`);
  return { Key: given.slice(0, equals), Values: given.slice(equals + 1).split(',') };
}

/** A resource's policy says of itself what it is; what stands beside it is no statement. */
function nameOf({ Layer, PolicyId, Statement, StartLine }: StatementView): string {
  if (PolicyId.startsWith('grant ')) return `${PolicyId} (${Statement})`;
  const policy = Layer === 'resource' ? PolicyId : `${Layer} policy ${PolicyId}`;
  return `${policy}, statement ${Statement}${StartLine === undefined ? '' : ` (line ${StartLine})`}`;
}

function linesOf({ Decision, Explanation, MatchedStatements, NearMisses, MissingContextKeys }: Explanation): string[] {
  return [
    Decision === 'allowed' ? 'Allowed' : 'Denied',
    Explanation,
    ...MatchedStatements.map((one) => `  decides: ${nameOf(one)}`),
    ...(Decision === 'allowed' ? [] : NearMisses.map((one) => `  nearly:  ${nameOf(one)}: ${one.Reason ?? ''}`)),
    ...(MissingContextKeys.length === 0
      ? []
      : [`  unsaid:  the call has no ${MissingContextKeys.join(', ')}; give it with --context`]),
  ];
}
