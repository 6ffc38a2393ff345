// The manifest of a package: which file is for which machine. Pure. Choice as the stock agent's: the platform's own name or `_any`; then the
// version, the longest `12.*` that fits, `_any`; then the architecture or `_any`.
import type { PackageMachine } from './machine.ts';

/** What is wrong with a package or what was asked of it, for people. */
export class PackageError extends Error {}

export interface PackageFile {
  readonly name: string;
  readonly sha256: string | undefined;
  /** Of AWS's own package store; the documents' have attachments instead. */
  readonly downloadLocation: string | undefined;
}

export interface PackageManifest {
  readonly version: string;
  readonly packages: Tree;
  readonly files: Tree;
}

type Tree = Readonly<Record<string, unknown>>;

export function parseManifest(text: string): PackageManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PackageError('the manifest of the package is no JSON', { cause: error });
  }
  const manifest = asTree(value) ?? {};
  const { version } = manifest;
  const [packages, files] = [asTree(manifest['packages']), asTree(manifest['files'])];
  if (typeof version !== 'string' || version === '' || version.length > 200) {
    throw new PackageError('the manifest of the package has no version');
  }
  if (packages === undefined || files === undefined)
    throw new PackageError('the manifest of the package has no packages or no files');
  return { version, packages, files };
}

export function chooseFile(manifest: PackageManifest, machine: PackageMachine): PackageFile {
  const { platform, platformVersion, architecture } = machine;
  const versions = child(manifest.packages, keyFor(manifest.packages, platform));
  const architectures = child(versions, versionKeyFor(versions, platformVersion));
  const name = child(architectures, keyFor(architectures, architecture))['file'];
  if (typeof name !== 'string') {
    throw new PackageError(
      `no manifest found for platform: ${platform}, version ${platformVersion}, architecture ${architecture}`,
    );
  }
  const file = Object.hasOwn(manifest.files, name) ? asTree(manifest.files[name]) : undefined;
  if (file === undefined) throw new PackageError(`the manifest of the package names the file ${name}, but does not describe it`);
  const sha256 = asTree(file['checksums'])?.['sha256'];
  const downloadLocation = file['downloadLocation'];
  return {
    name,
    sha256: typeof sha256 === 'string' && sha256 !== '' ? sha256 : undefined,
    downloadLocation: typeof downloadLocation === 'string' && downloadLocation !== '' ? downloadLocation : undefined,
  };
}

function keyFor(tree: Tree, key: string): string | undefined {
  return [key, '_any'].find((one) => Object.hasOwn(tree, one));
}

function versionKeyFor(tree: Tree, version: string): string | undefined {
  if (Object.hasOwn(tree, version)) return version;
  const parts = version.split('.');
  const fitting = Object.keys(tree)
    .filter((key) => key.endsWith('.*'))
    .map((key) => ({ key, parts: key.slice(0, -2).split('.') }))
    .filter((pattern) => pattern.parts.every((part, index) => part === parts[index]))
    .toSorted((a, b) => b.parts.length - a.parts.length);
  return fitting[0]?.key ?? ['_any', '*'].find((one) => Object.hasOwn(tree, one));
}

function child(tree: Tree, key: string | undefined): Tree {
  return (key === undefined ? undefined : asTree(tree[key])) ?? {};
}

function asTree(value: unknown): Tree | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Tree) : undefined;
}
