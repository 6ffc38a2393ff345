// The packages of this node on disk, `DIR/packages/<name>/`: `state.json` (which version, in which state), `<version>/<digest>/` (what was in the
// archive; its scripts uninstall it), `lock` (the step that works on the package). Every write is durable before anything is run.
//
//   nothing ─▶ Installing ─▶ Installed ─▶ Uninstalling ─▶ nothing
//                  └──────────▶ Failed ◀──────┘
//
// A state other than Installed means that a script ran and nobody knows whether to its end: installing begins anew, uninstalling is allowed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { errorCode } from '../machine/error-code.ts';
import { findText, writeDurably } from '../machine/files.ts';

export type PackageState = 'Installing' | 'Installed' | 'Uninstalling' | 'Failed';

/** One version of a package: enough to find its scripts again. */
export interface PackageVersion {
  readonly version: string;
  readonly sha256: string;
}

export interface InstalledPackage extends PackageVersion {
  readonly name: string;
  readonly state: PackageState;
}

/** The outcome of the step is told in this file of its directory: from then on the step holds no lock. */
export const OUTCOME_FILE = 'outcome.json';

export class PackageFolder {
  readonly #path: string;
  readonly #name: string;

  constructor(packagesDirectory: string, name: string) {
    this.#path = join(packagesDirectory, directoryName(name));
    this.#name = name;
  }

  find(): InstalledPackage | undefined {
    const text = findText(join(this.#path, 'state.json'));
    return text === undefined ? undefined : (JSON.parse(text) as InstalledPackage);
  }

  save(version: PackageVersion, state: PackageState): void {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    const { sha256 } = version;
    const record: InstalledPackage = { name: this.#name, version: version.version, sha256, state };
    writeDurably(join(this.#path, 'state.json'), JSON.stringify(record));
  }

  forget(): void {
    rmSync(join(this.#path, 'state.json'), { force: true });
  }

  /** Where the content of a version lies, or would lie. */
  content({ version, sha256 }: PackageVersion): string {
    return join(this.#path, directoryName(version), sha256.slice(0, 16));
  }

  hasContent(version: PackageVersion): boolean {
    return existsSync(this.content(version));
  }

  removeContent(version: PackageVersion): void {
    const content = this.content(version);
    rmSync(content, { recursive: true, force: true });
    const parent = dirname(content);
    if (existsSync(parent) && readdirSync(parent).length === 0) rmdirSync(parent);
  }

  /** One step at a time. True also for the step that has it already. */
  lock(stepDirectory: string): boolean {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    const path = join(this.#path, 'lock');
    const owner = findText(path);
    // The data directory may be moved, or be named differently by the next agent.
    const own = relative(this.#path, stepDirectory);
    if (owner === own) return true;
    if (owner !== undefined) {
      const held = join(this.#path, owner);
      // Empty: a power cut came between making the file and filling it.
      if (owner !== '' && existsSync(held) && !existsSync(join(held, OUTCOME_FILE))) return false;
      // Whoever had it told its outcome, or is gone with its directory.
      rmSync(path, { force: true });
    }
    try {
      writeFileSync(path, own, { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
  }

  unlock(stepDirectory: string): void {
    const path = join(this.#path, 'lock');
    if (findText(path) === relative(this.#path, stepDirectory)) rmSync(path, { force: true });
    if (existsSync(this.#path) && readdirSync(this.#path).length === 0) rmdirSync(this.#path);
  }
}

/** Plain names as they are; of others what is plain, and a digest that tells them apart. No plain name looks as if it had one. */
function directoryName(name: string): string {
  const isPlain = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}$/.test(name) && !name.endsWith('.');
  if (isPlain && !/^(?:lock|state\.json.*|.*-[0-9a-f]{16})$/i.test(name)) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.replaceAll(/[^A-Za-z0-9_]/g, '_').slice(0, 100)}-${digest}`;
}
