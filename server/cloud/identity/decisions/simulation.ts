// The policy simulator's input and answer (SimulateCustomPolicy, SimulatePrincipalPolicy) around the engine's own simulation. Pure.
import type {
  ContextEntryListType,
  EvaluationResult,
  GetContextKeysForPolicyResponse,
  SimulatePolicyResponse,
  Statement,
} from '../../../platform/api/models/iam.types.gen.ts';
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { PolicyText } from '../policies/stored-policy.ts';
import { type CompiledPolicy, compilePolicy } from '../policy-engine/compile.ts';
import { parsePolicy, PolicyError, type PolicyUse } from '../policy-engine/document.ts';
import type { MatchedStatement } from '../policy-engine/evaluate.ts';
import { statementExtents } from '../policy-engine/positions.ts';
import type { CallerFacts } from '../policy-engine/request.ts';
import { keysOf as keysAskedFor, type SimulatedResult, simulate } from '../policy-engine/simulate.ts';

export interface SimulationInput {
  readonly PermissionsBoundaryPolicyInputList?: readonly string[] | undefined;
  readonly OrderedOrganizationPolicyInputList?: readonly unknown[] | undefined;
  readonly ActionNames: readonly string[];
  readonly ResourceArns?: readonly string[] | undefined;
  readonly ResourcePolicy?: string | undefined;
  readonly ResourceOwner?: string | undefined;
  readonly CallerArn?: string | undefined;
  readonly ContextEntries?: ContextEntryListType | undefined;
  readonly MaxItems?: number | undefined;
  readonly Marker?: string | undefined;
}

export interface Subject {
  readonly identity: readonly PolicyText[];
  readonly boundary: PolicyText | undefined;
  /** Who the policies belong to; CallerArn beats it. */
  readonly arn: string;
  /** Condition keys that nobody need give, since they are the subject's own. */
  readonly keys?: ReadonlyMap<string, readonly string[]>;
}

type Context = Pick<RequestContext<'InvalidInput'>, 'fail' | 'account'>;

/** Actions times resources of one call: a decision takes microseconds, its answer half a kilobyte. */
const DECISIONS_MAX = 1_000;
const PAGE_DEFAULT = 100;

export function answerSimulation(ctx: Context, subject: Subject, input: SimulationInput): SimulatePolicyResponse {
  if ((input.OrderedOrganizationPolicyInputList ?? []).length > 0)
    ctx.fail('InvalidInput', 'OrderedOrganizationPolicyInputList is not supported: this server has no organizations.');
  const resources = input.ResourceArns === undefined || input.ResourceArns.length === 0 ? ['*'] : input.ResourceArns;
  if (input.ActionNames.length * resources.length > DECISIONS_MAX)
    ctx.fail('InvalidInput', `ActionNames times ResourceArns must not exceed ${DECISIONS_MAX}.`);
  const boundaries = input.PermissionsBoundaryPolicyInputList ?? [];
  if (boundaries.length > 1) ctx.fail('InvalidInput', 'PermissionsBoundaryPolicyInputList takes one policy.');
  const boundary =
    boundaries[0] === undefined ? subject.boundary : { id: 'PermissionsBoundaryPolicyInputList.1', text: boundaries[0] };
  const resource = input.ResourcePolicy === undefined ? undefined : { id: 'ResourcePolicy', text: input.ResourcePolicy };
  const results = simulate({
    policies: {
      identity: subject.identity.map((policy) => compiled(ctx, policy, 'identity')),
      boundary: boundary === undefined ? undefined : compiled(ctx, boundary, 'identity'),
      resource: resource === undefined ? undefined : compiled(ctx, resource, 'resource'),
    },
    caller: callerOf(ctx, input.CallerArn ?? subject.arn),
    actions: input.ActionNames,
    resources,
    resourceOwner: ownerOf(ctx, input.ResourceOwner),
    keys: new Map([...(subject.keys ?? []), ...keysOf(input.ContextEntries ?? [])]),
  });
  const texts = new Map(
    [...subject.identity, boundary, resource].flatMap((policy) => (policy === undefined ? [] : [[policy.id, policy.text]])),
  );
  return pageOf(
    ctx,
    results.map((result) => evaluationResult(result, texts)),
    input,
  );
}

function compiled(ctx: Context, { id, text }: PolicyText, use: PolicyUse): CompiledPolicy {
  try {
    return compilePolicy(id, parsePolicy(text, use));
  } catch (error) {
    if (error instanceof PolicyError) return ctx.fail('InvalidInput', `${id}: ${error.message}`);
    throw error;
  }
}

export function contextKeys(ctx: Context, policies: readonly PolicyText[]): GetContextKeysForPolicyResponse {
  const identity = policies.map((policy) => compiled(ctx, policy, 'identity'));
  return { ContextKeyNames: [...keysAskedFor({ identity })].toSorted() };
}

/** Given policies as the simulator names them: `PolicyInputList.1`. */
export function numbered(name: string, texts: readonly string[] | undefined): readonly PolicyText[] {
  return (texts ?? []).map((text, index) => ({ id: `${name}.${index + 1}`, text }));
}

function callerOf(ctx: Context, arn: string): CallerFacts {
  const account = /^arn:aws:(?:iam|sts)::([0-9]{12}):/.exec(arn)?.[1] ?? ctx.account;
  const role = /^arn:aws:sts::[0-9]{12}:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  const facts = { account: account as AccountId, arn };
  return role === undefined ? facts : { ...facts, roleArn: `arn:aws:iam::${account}:role/${role}` };
}

function ownerOf(ctx: Context, owner: string | undefined): AccountId | undefined {
  if (owner === undefined) return undefined;
  const account = /^(?:arn:aws:iam::)?([0-9]{12})(?::.*)?$/.exec(owner)?.[1];
  return (account ?? ctx.fail('InvalidInput', `ResourceOwner ${owner} is not an account.`)) as AccountId;
}

function keysOf(entries: ContextEntryListType): ReadonlyMap<string, readonly string[]> {
  return new Map(entries.map(({ ContextKeyName: name = '', ContextKeyValues: values = [] }) => [name.toLowerCase(), values]));
}

function evaluationResult(result: SimulatedResult, texts: ReadonlyMap<string, string>): EvaluationResult {
  const { action, resource, decision, matched, missingKeys, allowedByBoundary } = result;
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision,
    MatchedStatements: matched.map((statement) => statementView(statement, texts.get(statement.policy))),
    MissingContextValues: [...missingKeys],
    ...(allowedByBoundary === undefined
      ? {}
      : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: allowedByBoundary } }),
  };
}

function statementView({ layer, policy, place }: MatchedStatement, text: string | undefined): Statement {
  const extent = text === undefined ? undefined : statementExtents(text)[place - 1];
  return {
    SourcePolicyId: policy,
    SourcePolicyType: layer === 'resource' ? 'resource' : sourceType(policy),
    ...(extent === undefined
      ? {}
      : {
          StartPosition: { Line: extent.start.line, Column: extent.start.column },
          EndPosition: { Line: extent.end.line, Column: extent.end.column },
        }),
  };
}

function sourceType(policy: string): Statement['SourcePolicyType'] {
  if (policy.startsWith('arn:aws:iam::aws:')) return 'aws-managed';
  if (policy.startsWith('arn:')) return 'user-managed';
  if (/^(?:PermissionsBoundary)?PolicyInputList\./.test(policy)) return 'none';
  return policy.startsWith('group_') ? 'group' : policy.startsWith('role_') ? 'role' : 'user';
}

function pageOf(
  ctx: Context,
  results: readonly EvaluationResult[],
  { MaxItems, Marker }: SimulationInput,
): SimulatePolicyResponse {
  const from = Marker === undefined ? 0 : Number(Marker);
  if (!Number.isInteger(from) || from < 0 || from > results.length) return ctx.fail('InvalidInput', 'Invalid Marker.');
  const to = from + (MaxItems ?? PAGE_DEFAULT);
  const isTruncated = to < results.length;
  return { EvaluationResults: results.slice(from, to), IsTruncated: isTruncated, ...(isTruncated ? { Marker: String(to) } : {}) };
}
