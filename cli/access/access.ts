// `muster access explain`: whether somebody may do something, and why, for whoever looks at a denial.
import type { CommandPage, OptionTable } from '@muster/server/main.ts';
import type { Host } from '../host.ts';
import { readOptions, SERVER_ENVIRONMENT, SERVER_EXITS, SERVER_OPTIONS } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { withServer } from '../server-session.ts';
import { plainName } from '../terminal/untrusted-text.ts';
import { UsageError } from '../usage-error.ts';

const OPTIONS = {
  principal: { type: 'string', value: 'ARN', meaning: 'a user or a role, instead of yourself' },
  context: {
    type: 'string',
    multiple: true,
    value: 'KEY=VALUE[,VALUE…]',
    meaning: 'what the call would bring, such as aws:SourceIp=10.0.0.1 or kms:EncryptionContext:Stage=dev',
  },
  ...SERVER_OPTIONS,
  json: { ...SERVER_OPTIONS.json, meaning: 'the answer of Muster.ExplainAccess' },
} as const satisfies OptionTable;

export const ACCESS_PAGE: CommandPage = {
  command: 'access',
  what: 'who may do what, and why',
  forms: [
    [
      'muster access explain ACTION [RESOURCE] [OPTION]…',
      'whether ACTION (ssm:SendCommand) on RESOURCE (an ARN; of a key also alias/NAME) is allowed, and what decides it',
    ],
  ],
  examples: [
    [
      'muster access explain ssm:SendCommand arn:aws:ssm:us-east-1:000000000000:managed-instance/mi-47afd13e54d2f312a',
      'of yourself',
    ],
    ['muster access explain kms:Decrypt alias/prod --principal arn:aws:iam::000000000000:user/ann', "of somebody else's"],
  ],
  options: OPTIONS,
  environment: SERVER_ENVIRONMENT,
  exits: [['0', 'allowed'], ['1', 'denied'], ...SERVER_EXITS.slice(1)],
};

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
