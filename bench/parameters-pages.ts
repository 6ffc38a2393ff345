// Whether the time of a page depends on how many parameters there are: the same forms against servers with a thousand and with a million, page by
// page in turn, so that what else the machine does meets all alike; beside the same rows read by their keys from the same file.
import { mkdir } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createPageTokens, type PageTokens } from '@muster/server/platform/store/index.ts';
import { openSeal } from '@muster/server/platform/seal/index.ts';
import { type AccountId, type Region, systemIds } from '@muster/server/platform/ids.ts';
import { appPath, fillParameters, PAGE, teamPath, treeKey, wideKey } from './parameters-fill.ts';
import { callBytes, type ParameterServer, startParameterServer } from './parameters-server.ts';
import { ACCOUNT, REGION, startServer } from './server-process.ts';
import { type Bar, quantile } from './verdict.ts';

export interface PagesOptions {
  readonly sizes: readonly number[];
  /** Pages of each form and size. */
  readonly pages: number;
}

/** Of the largest beside the smallest. */
const P50_RATIO_MAX = 1.5;
const P99_RATIO_MAX = 1.5;
/** Of forms that no index serves whole: a page looks at a thousand candidates at most and then ends early, with a token. */
const BOUNDED_MS_MAX = 20;
const WARM_UP_PAGES = 20;

interface Site {
  readonly size: number;
  readonly target: ParameterServer;
  readonly raw: DatabaseSync;
  readonly tokens: PageTokens;
  readonly agent: Agent;
}

interface Input {
  readonly Name?: string;
  readonly Path?: string;
  readonly Recursive?: boolean;
  readonly ParameterFilters?: readonly object[];
  readonly Filters?: readonly object[];
}

interface Form {
  readonly name: string;
  readonly operation: 'GetParametersByPath' | 'DescribeParameters' | 'GetParameter';
  /** `i`: a random one of each half. */
  readonly input: (i: number) => Input;
  /** The key behind which the page begins; else it is the first one. */
  readonly after?: (i: number) => string;
  /** Such a form. */
  readonly bounded?: true;
}

export async function measurePages(directory: string, options: PagesOptions): Promise<readonly Bar[]> {
  await using stack = new AsyncDisposableStack();
  const sites: Site[] = [];
  for (const [ordinal, size] of options.sizes.entries())
    sites.push(await openSite(stack, join(directory, `${size}`), size, ordinal));
  process.stdout.write(
    `  pages of ${PAGE}, ${options.pages} of each form, p50 / p99 in ms with ${options.sizes.join(', ')} parameters; raw: the same rows by key\n`,
  );
  const measured: Measured[] = [];
  for (const form of FORMS) measured.push(await measureForm(sites, form, options.pages));
  const walks = measured.filter(({ form }) => form.bounded === undefined).toSorted((a, b) => b.ratio - a.ratio);
  const bounded = measured.filter(({ form }) => form.bounded === true).toSorted((a, b) => b.p50 - a.p50);
  // Of one form alone the slowest page in a hundred is chance.
  const all = (place: number) =>
    quantile(
      walks.flatMap(({ took }) => took.at(place) ?? []),
      0.99,
    );
  process.stdout.write(`  p99 of all pages: ${all(-1).toFixed(1)} ms of the largest, ${all(0).toFixed(1)} ms of the smallest\n`);
  return [
    {
      what: `p50 of a page, largest beside smallest (${walks[0]?.form.name})`,
      measured: walks[0]?.ratio ?? 0,
      atMost: P50_RATIO_MAX,
      unit: '×',
    },
    { what: 'p99 of all pages, largest beside smallest', measured: all(-1) / all(0), atMost: P99_RATIO_MAX, unit: '×' },
    {
      what: `p50 of a page that may end early (${bounded[0]?.form.name})`,
      measured: bounded[0]?.p50 ?? 0,
      atMost: BOUNDED_MS_MAX,
      unit: 'ms',
    },
  ];
}

interface Measured {
  readonly form: Form;
  /** Of the medians. */
  readonly ratio: number;
  /** Of the largest. */
  readonly p50: number;
  readonly took: readonly (readonly number[])[];
}

async function openSite(stack: AsyncDisposableStack, directory: string, size: number, ordinal: number): Promise<Site> {
  await mkdir(directory);
  // Its first start makes the tables.
  await (await startServer(directory, ['--no-tls'], { ordinal }))[Symbol.asyncDispose]();
  const startedAt = performance.now();
  fillParameters(directory, size);
  process.stdout.write(`  filled with ${size} parameters in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s\n`);
  const target = stack.use(await startParameterServer(directory, { ordinal }));
  const raw = stack.use(new DatabaseSync(join(directory, 'muster.db'), { readOnly: true }));
  const seal = openSeal({ dataDir: directory, ids: systemIds, mayCreate: false });
  const agent = new Agent({ keepAlive: true });
  stack.defer(() => agent.destroy());
  return { size, target, raw, tokens: createPageTokens(seal.derive('parameters/page-tokens/1'), 4_096), agent };
}

async function measureForm(sites: readonly Site[], form: Form, pages: number): Promise<Measured> {
  const took = sites.map(() => [] as number[]);
  const rawTook = sites.map(() => [] as number[]);
  const rows = sites.map(() => 0);
  for (let page = -WARM_UP_PAGES; page < pages; page++) {
    for (const [place, site] of sites.entries()) {
      const i = Math.floor((Math.random() * site.size) / 2);
      const { keys, tookMs } = await readPage(site, form, i);
      const rawMs = readByKeys(site.raw, keys);
      if (page < 0) continue;
      took[place]?.push(tookMs);
      rawTook[place]?.push(rawMs);
      rows[place] = (rows[place] ?? 0) + keys.length / pages;
    }
  }
  const of = (values: readonly number[] | undefined, share: number) => quantile(values ?? [], share);
  const p50 = of(took.at(-1), 0.5);
  const ratio = p50 / of(took[0], 0.5);
  const name = `${form.operation} ${form.name}`;
  const figures = took.map((values) => `${of(values, 0.5).toFixed(2).padStart(6)} /${of(values, 0.99).toFixed(1).padStart(6)}`);
  process.stdout.write(
    `  ${name.padEnd(62)} ${figures.join('   ')}   ratio ${ratio.toFixed(2)}   raw ${rawTook.map((values) => of(values, 0.5).toFixed(2)).join(' ')}   ` +
      `rows ${rows.map((count) => count.toFixed(0)).join(' ')}\n`,
  );
  return { form, ratio, p50, took };
}

async function readPage(site: Site, form: Form, i: number): Promise<{ keys: readonly string[]; tookMs: number }> {
  const scope = { account: ACCOUNT as AccountId, region: REGION as Region };
  const input = form.input(i);
  const token =
    form.after === undefined ? {} : { NextToken: site.tokens.encode(kindOf(form.operation, input), scope, form.after(i)) };
  const max = form.operation === 'GetParameter' ? {} : { MaxResults: PAGE };
  const bytes = callBytes(site.target, form.operation, { ...max, ...input, ...token });
  const startedAt = performance.now();
  const text = await send(site, bytes);
  const tookMs = performance.now() - startedAt;
  // Answers of our own server.
  const answer = JSON.parse(text) as { Parameters?: { Name: string }[]; Parameter?: { Name: string } };
  const found = answer.Parameters ?? (answer.Parameter === undefined ? undefined : [answer.Parameter]);
  if (found === undefined) throw new Error(`${form.operation} ${form.name}: ${text}`);
  return { keys: found.map(({ Name }) => Name.slice(1)), tookMs };
}

/** What a token is good for, as the operations say it: a page in the middle of a million is not walked to. */
function kindOf(
  operation: Form['operation'],
  { Path = '', Recursive = false, ParameterFilters = [], Filters = [] }: Input,
): string {
  return operation === 'DescribeParameters'
    ? `${operation} ${JSON.stringify([false, Filters, ParameterFilters])}`
    : `${operation} ${Path.slice(1)} ${JSON.stringify([Recursive, ParameterFilters])}`;
}

function send({ target, agent }: Site, bytes: Buffer): Promise<string> {
  const [head = '', body = ''] = bytes.toString().split('\r\n\r\n');
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(/: (.*)/s).slice(0, 2)),
  );
  return new Promise((resolve, reject) => {
    const call = request({ agent, host: '127.0.0.1', port: target.port, method: 'POST', path: '/', headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve(Buffer.concat(chunks).toString()));
      answer.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

function readByKeys(raw: DatabaseSync, keys: readonly string[]): number {
  const startedAt = performance.now();
  const statement = raw.prepare('select * from parameters_parameter where account = ? and region = ? and key = ?');
  for (const key of keys) statement.get(ACCOUNT, REGION, key);
  return performance.now() - startedAt;
}

const filter = (...filters: readonly (readonly [key: string, option: string, ...values: readonly string[]])[]) => ({
  ParameterFilters: filters.map(([Key, Option, ...Values]) => (Option === '' ? { Key, Values } : { Key, Option, Values })),
});

const byPath = (name: string, input: Form['input'], after?: Form['after']): Form => ({
  name,
  operation: 'GetParametersByPath',
  input,
  ...(after === undefined ? {} : { after }),
});
const describe = (name: string, input: Form['input'], after?: Form['after']): Form => ({
  ...byPath(name, input, after),
  operation: 'DescribeParameters',
});
const bounded = (form: Form): Form => ({ ...form, bounded: true });
const get = (name: string, input: Form['input']): Form => ({ ...byPath(name, input), operation: 'GetParameter' });

const FORMS: readonly Form[] = [
  get('by name', (i) => ({ Name: `/${wideKey(i)}` })),
  get('by version', (i) => ({ Name: `/${treeKey(i - (i % 10) + 1)}:1` })),
  get('by label', (i) => ({ Name: `/${treeKey(i - (i % 10) + 1)}:stable` })),
  byPath('/ recursive, first page', () => ({ Path: '/', Recursive: true })),
  byPath('/ recursive, random page', () => ({ Path: '/', Recursive: true }), treeKey),
  byPath('/tree recursive, random page', () => ({ Path: '/tree', Recursive: true }), treeKey),
  byPath('/tree/team recursive, first page', (i) => ({ Path: `/${teamPath(i)}`, Recursive: true })),
  byPath('/tree/team/app one level', (i) => ({ Path: `/${appPath(i)}` })),
  byPath('/wide one level, first page', () => ({ Path: '/wide' })),
  byPath('/wide one level, random page', () => ({ Path: '/wide' }), wideKey),
  byPath('/ one level (nothing there)', () => ({ Path: '/' })),
  byPath('/wide Type=SecureString, random', () => ({ Path: '/wide', ...filter(['Type', '', 'SecureString']) }), wideKey),
  bounded(byPath('/wide KeyId=rare', () => ({ Path: '/wide', ...filter(['KeyId', '', 'alias/rare']) }))),
  byPath(
    '/ recursive Label=stable, random',
    () => ({ Path: '/', Recursive: true, ...filter(['Label', '', 'stable']) }),
    (i) => `${wideKey(i)} stable`,
  ),
  byPath('/ recursive Label=rare', () => ({ Path: '/', Recursive: true, ...filter(['Label', '', 'rare']) })),
  bounded(byPath('/ one level Label=stable (nothing there)', () => ({ Path: '/', ...filter(['Label', '', 'stable']) }))),
  byPath('/wide one level Label=stable', () => ({ Path: '/wide', ...filter(['Label', '', 'stable']) })),
  describe('all, first page', () => ({})),
  describe('all, random page', () => ({}), wideKey),
  describe('Name Equals', (i) => filter(['Name', 'Equals', `/${wideKey(i)}`])),
  describe('Name BeginsWith', (i) => filter(['Name', 'BeginsWith', `/${teamPath(i)}/`])),
  describe('Name BeginsWith two', (i) => filter(['Name', 'BeginsWith', `/${teamPath(i)}/`, '/wide/p00000'])),
  bounded(describe('Name Contains (one)', (i) => filter(['Name', 'Contains', wideKey(i).slice(5)]))),
  describe('Name Contains (many)', () => filter(['Name', 'Contains', '/a1/'])),
  describe('Path OneLevel', (i) => filter(['Path', 'OneLevel', `/${appPath(i)}`])),
  describe('Path Recursive', (i) => filter(['Path', 'Recursive', `/${teamPath(i)}`])),
  describe('Path Recursive two', (i) => filter(['Path', 'Recursive', `/${teamPath(i)}`, `/${appPath(0)}`])),
  describe('Path OneLevel two', (i) => filter(['Path', 'OneLevel', `/${appPath(i)}`, `/${appPath(0)}`])),
  describe('Type=SecureString, random', () => filter(['Type', '', 'SecureString']), wideKey),
  describe('KeyId=alias/aws/ssm, random', () => filter(['KeyId', '', 'alias/aws/ssm']), wideKey),
  describe('KeyId=rare', () => filter(['KeyId', '', 'alias/rare'])),
  describe('KeyId=none', () => filter(['KeyId', '', 'alias/none'])),
  bounded(describe('KeyId BeginsWith alias/r', () => filter(['KeyId', 'BeginsWith', 'alias/r']))),
  describe('Tier=Standard, random', () => filter(['Tier', '', 'Standard']), wideKey),
  describe('Tier=Advanced (rare)', () => filter(['Tier', '', 'Advanced'])),
  describe('DataType=text, random', () => filter(['DataType', '', 'text']), wideKey),
  describe('DataType=aws:ec2:image (rare)', () => filter(['DataType', '', 'aws:ec2:image'])),
  describe('Type=String, Tier=Advanced (rare)', () => filter(['Type', '', 'String'], ['Tier', '', 'Advanced'])),
  describe('Path Recursive, Type=StringList', (i) =>
    filter(['Path', 'Recursive', `/${teamPath(i)}`], ['Type', '', 'StringList'])),
  describe('tag:env=prod, random', () => filter(['tag:env', '', 'prod']), wideKey),
  describe('tag:env (any value), random', () => ({ ParameterFilters: [{ Key: 'tag:env' }] }), wideKey),
  describe('tag:rare=yes', () => filter(['tag:rare', '', 'yes'])),
  describe('tag:env=prod, tag:rare=yes', () => filter(['tag:env', '', 'prod'], ['tag:rare', '', 'yes'])),
  bounded(describe('tag:env=prod, Tier=Advanced', () => filter(['tag:env', '', 'prod'], ['Tier', '', 'Advanced']))),
  describe('Filters Name', (i) => ({ Filters: [{ Key: 'Name', Values: [`/${teamPath(i)}`] }] })),
  describe('Filters Type=SecureString', () => ({ Filters: [{ Key: 'Type', Values: ['SecureString'] }] })),
  describe('Filters KeyId=rare', () => ({ Filters: [{ Key: 'KeyId', Values: ['alias/rare'] }] })),
];
