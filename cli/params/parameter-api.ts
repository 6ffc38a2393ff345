// The calls of `muster params`: Parameter Store's own, so that they work against any server that speaks them; a rollback alone is ours. Lists come
// page by page and are never held whole here.
import { AwsError } from '../aws-call.ts';
import type { AwsClient } from '../aws-client.ts';
import type { MetadataView, Tag, ValueView, VersionView, WholeVersionView } from './parameter.ts';

type Answer = Readonly<Record<string, unknown>>;

/** As AWS limits them. */
export const NAMES_PER_CALL = 10;
const METADATA_PAGE = 50;
/** A list of many pages goes on when the server is restarted or asks for patience. */
const PATIENCE_MS = 20_000;
/** Calls at once: a server with two processors is busy with them, and others still get in between. */
export const CALLS_AT_ONCE = 8;

export class ParameterApi {
  readonly #client: AwsClient;
  #reached = false;

  constructor(client: AwsClient) {
    this.#client = client;
  }

  /** In pages, decrypted. */
  async *#valuesBelow(path: string, recursive: boolean): AsyncGenerator<readonly ValueView[]> {
    yield* this.#pages<ValueView>('GetParametersByPath', { Path: path, Recursive: recursive, WithDecryption: true });
  }

  /** As many as `max`, and as the rest of its page. */
  async allBelow(path: string, recursive: boolean, max: number): Promise<ValueView[]> {
    const found: ValueView[] = [];
    for await (const page of this.#valuesBelow(path, recursive)) {
      found.push(...page);
      if (found.length >= max) break;
    }
    return found;
  }

  async *described(filters: readonly Answer[]): AsyncGenerator<readonly MetadataView[]> {
    yield* this.#pages<MetadataView>('DescribeParameters', { ParameterFilters: filters, MaxResults: METADATA_PAGE });
  }

  async *describedBelow(path: string, recursive: boolean): AsyncGenerator<readonly MetadataView[]> {
    yield* this.described([{ Key: 'Path', Option: recursive ? 'Recursive' : 'OneLevel', Values: [path] }]);
  }

  /** Of at most fifty; those that are there. */
  async describedByName(names: readonly string[]): Promise<readonly MetadataView[]> {
    const found: MetadataView[] = [];
    for await (const page of this.described([{ Key: 'Name', Option: 'Equals', Values: names }])) found.push(...page);
    return found;
  }

  /** Decrypted, by the name that was asked for, with its selector. What is not there is missing. */
  async values(names: readonly string[]): Promise<ReadonlyMap<string, ValueView>> {
    const groups = Array.from({ length: Math.ceil(names.length / NAMES_PER_CALL) }, (_, at) =>
      names.slice(at * NAMES_PER_CALL, (at + 1) * NAMES_PER_CALL),
    );
    const found = new Map<string, ValueView>();
    await eachAtOnce(groups, async (Names) => {
      const { Parameters = [] } = await this.#read('GetParameters', { Names, WithDecryption: true });
      for (const value of Parameters as readonly (ValueView & { Selector?: string })[])
        found.set(`${value.Name}${value.Selector ?? ''}`, value);
    });
    return found;
  }

  async value(Name: string): Promise<ValueView> {
    const { Parameter } = await this.#read('GetParameter', { Name, WithDecryption: true });
    return Parameter as ValueView;
  }

  /** Oldest first, without values. */
  async history(Name: string): Promise<VersionView[]> {
    const versions: VersionView[] = [];
    for await (const page of this.#pages<VersionView>('GetParameterHistory', { Name, WithDecryption: false }))
      versions.push(...page);
    return versions;
  }

  /** The same with values. */
  async versions(Name: string): Promise<WholeVersionView[]> {
    const versions: WholeVersionView[] = [];
    const input = { Name, WithDecryption: true, MaxResults: METADATA_PAGE };
    for await (const page of this.#pages<WholeVersionView>('GetParameterHistory', input)) versions.push(...page);
    return versions;
  }

  async tags(name: string): Promise<readonly Tag[]> {
    const { TagList = [] } = await this.#read('ListTagsForResource', { ResourceType: 'Parameter', ResourceId: name });
    return TagList as readonly Tag[];
  }

  /** Whether a key is here; true as well where that may not be asked. */
  async hasKey(keyId: string): Promise<boolean> {
    try {
      await this.#client.read('kms', 'TrentService.DescribeKey', { KeyId: keyId });
      return true;
    } catch (error) {
      if (error instanceof AwsError) return error.code !== 'NotFoundException' && error.code !== 'ValidationException';
      throw error;
    }
  }

  async put(input: Answer): Promise<number> {
    return Number((await this.#write('PutParameter', input))['Version']);
  }

  async addTags(name: string, Tags: readonly Tag[]): Promise<void> {
    await this.#write('AddTagsToResource', { ResourceType: 'Parameter', ResourceId: name, Tags });
  }

  /** Puts labels on a version, or moves them to it. Answers those that can be none. */
  async label(Name: string, ParameterVersion: number, Labels: readonly string[]): Promise<readonly string[]> {
    const { InvalidLabels = [] } = await this.#write('LabelParameterVersion', { Name, ParameterVersion, Labels });
    return InvalidLabels as readonly string[];
  }

  /** At most ten. Answers those that were not there. */
  async delete(Names: readonly string[]): Promise<readonly string[]> {
    const { InvalidParameters = [] } = await this.#write('DeleteParameters', { Names });
    return InvalidParameters as readonly string[];
  }

  async rollback(input: Answer): Promise<Answer> {
    try {
      return await this.#client.write('muster', 'Muster.RollbackParameter', input);
    } catch (error) {
      throw withName(error, input);
    }
  }

  async *#pages<View>(operation: string, input: Answer): AsyncGenerator<readonly View[]> {
    let NextToken: unknown;
    do {
      const page = await this.#read(operation, { ...input, ...(NextToken === undefined ? {} : { NextToken }) });
      ({ NextToken } = page);
      yield (page['Parameters'] ?? []) as readonly View[];
    } while (NextToken !== undefined && NextToken !== null);
  }

  async #read(operation: string, input: Answer): Promise<Answer> {
    const options = this.#reached ? { patienceMs: PATIENCE_MS } : {};
    try {
      const answer = await this.#client.read('ssm', `AmazonSSM.${operation}`, input, options);
      this.#reached = true;
      return answer;
    } catch (error) {
      throw withName(error, input);
    }
  }

  #write(operation: string, input: Answer): Promise<Answer> {
    return this.#client.write('ssm', `AmazonSSM.${operation}`, input, { keepsConnection: true });
  }
}

/** AWS's error of a parameter that is not there says nothing but its code. */
function withName(error: unknown, { Name }: Answer): unknown {
  const isMissing = error instanceof AwsError && error.code === 'ParameterNotFound' && typeof Name === 'string';
  return isMissing ? new AwsError(error.code, `there is no parameter ${Name}`, error.status) : error;
}

/** Runs `act` for each, so many at once; the first that fails ends it. */
export async function eachAtOnce<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(CALLS_AT_ONCE, items.length) }, worker));
}
