// Muster.RollbackParameter: an older version once more, as the newest. The text of a SecureString is opened and sealed anew inside of the server,
// with the caller's rights on its key, so that a rollback needs no client that sees it.
import type {
  MusterParametersApi,
  RollbackParameterRequest,
  RollbackParameterResult,
} from '../../../platform/api/models/muster/parameters.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { ReadTx, Tx } from '../../../platform/store/index.ts';
import type { Parameters } from '../../domain.ts';
import { changeEvent } from '../../events.ts';
import { getParameter, getSelected } from '../../reading/find.ts';
import type { Found } from '../../reading/find.ts';
import { parameterArn, readNewName, resourceOf } from '../../name.ts';
import type { Reference } from '../../name.ts';
import type { Parameter } from '../../parameter.ts';
import { putNextVersion } from '../../changing/next-version.ts';
import { planRollback } from '../../changing/rollback.ts';
import { openValue, sealValue } from '../../secrets/secure-strings.ts';

type Errors = MusterParametersApi['RollbackParameter']['errors'];

export default operation<MusterParametersApi, Parameters>()('muster', 'RollbackParameter', {
  action: 'muster:RollbackParameter',
  audit: 'write',
  resources: (input, scope) => [resourceOf(scope, input.Name)],
  async handle(domain, ctx, input) {
    const { key } = readNewName(ctx, input.Name);
    const arn = parameterArn(ctx, key);
    // It is a read of that version and a put.
    await ctx.authorize('ssm:GetParameter', arn);
    await ctx.authorize('ssm:PutParameter', arn, { facts: new Map([['ssm:overwrite', ['true']]]) });
    const reference = { owner: ctx, key, asked: input.Name.trim(), selector: selectorOf(ctx, input) };
    const seen = await domain.database.read((tx) => find(domain, tx, ctx, reference));
    const { value: kept, type, keyId } = seen.version;
    const isSecure = type === 'SecureString';
    const text = isSecure ? await openValue(domain, ctx, ctx, arn, kept) : kept;
    const stored = isSecure ? await sealValue(domain, ctx, key, keyId, text) : text;
    return domain.database.write('parameters.rollback', (tx) => write(domain, tx, ctx, { input, reference, seen, text, stored }));
  },
});

async function find(domain: Parameters, tx: ReadTx, ctx: RequestContext<Errors>, reference: Selected): Promise<Found<Parameter>> {
  const parameter = await getParameter(domain, tx, ctx, 'ssm:GetParameter', reference);
  return getSelected(tx, reference, parameter, reference.selector);
}

type Selected = Reference & { readonly selector: string };

function selectorOf(ctx: RequestContext<Errors>, { ParameterVersion, Label }: RollbackParameterRequest): string {
  if (ParameterVersion !== undefined && Label === undefined) return String(ParameterVersion);
  // A label of digits alone cannot be: it is no version's number.
  if (Label !== undefined && ParameterVersion === undefined && !/^\d/.test(Label)) return Label;
  return ctx.fail('ValidationException', 'Give either ParameterVersion or Label: which version to go back to.');
}

interface Opened {
  readonly input: RollbackParameterRequest;
  readonly reference: Selected;
  /** Before the unit of work. */
  readonly seen: Found<Parameter>;
  readonly text: string;
  readonly stored: string;
}

async function write(
  domain: Parameters,
  tx: Tx,
  ctx: RequestContext<Errors>,
  { input, reference, seen, text, stored }: Opened,
): Promise<RollbackParameterResult> {
  const { parameter, version } = await find(domain, tx, ctx, reference);
  const expected = input.ExpectedVersion;
  if (expected !== undefined && parameter.version !== expected)
    ctx.fail(
      'TooManyUpdates',
      `The newest version of ${input.Name} is ${parameter.version}, not ${expected}. Look at what it changed and try again.`,
    );
  // The label was moved, or the parameter was deleted and made again, while its value was opened.
  if (version.version !== seen.version.version || version.value !== seen.version.value) ctx.fail('TooManyUpdates', '');
  const next = planRollback(parameter, version, text, { stored, now: ctx.now, by: ctx.principal.arn });
  const written = await putNextVersion(tx, ctx, next);
  await domain.outbox.put(tx, [changeEvent(ctx, written, 'Update', ctx.now)]);
  domain.watchers.changed(tx, ctx, written.key);
  await ctx.journal(tx, [parameterArn(ctx, written.key)]);
  return { Version: written.version, RestoredVersion: version.version, Tier: written.tier };
}
