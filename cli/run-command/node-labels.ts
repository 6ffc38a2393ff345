// What a node is called before its lines: the name of its computer, or its id where it has none. A name that two nodes share tells
// nobody which one: from the moment the second is seen, both are called by their ids.
import { plainName } from '../terminal/untrusted-text.ts';

export class NodeLabels {
  readonly #names = new Map<string, string>();
  readonly #owners = new Map<string, string>();
  readonly #shared = new Set<string>();

  /** The name comes from the node itself, so it is no more than a name. */
  learn(instanceId: string, computerName: string | undefined): void {
    if (computerName === undefined || computerName === '' || this.#names.has(instanceId)) return;
    const name = plainName(computerName);
    this.#names.set(instanceId, name);
    const owner = this.#owners.get(name) ?? instanceId;
    if (owner !== instanceId) this.#shared.add(name);
    this.#owners.set(name, owner);
  }

  of(instanceId: string): string {
    const name = this.#names.get(instanceId);
    return name === undefined || this.#shared.has(name) ? instanceId : name;
  }

  knows(instanceId: string): boolean {
    return this.#names.has(instanceId);
  }

  /** Undefined where the node has not been heard of. */
  nameOf(instanceId: string): string | undefined {
    return this.#names.get(instanceId);
  }
}
