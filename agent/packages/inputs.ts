// The inputs of aws:configurePackage, judged. Pure. Names, values and limits are AWS's.
import { PackageError } from './manifest.ts';

export interface PackageInputs {
  readonly name: string;
  readonly action: 'Install' | 'Uninstall';
  /** Empty: whatever is the newest, or the installed one. */
  readonly version: string;
  readonly inPlace: boolean;
  /** SSM_…: for the scripts, and nowhere else, as they may be secret. */
  readonly environment: Readonly<Record<string, string>>;
}

/** AWS's limit, of keys and values together. */
const ARGUMENTS_CHARACTERS_MAX = 4096;

export function parsePackageInputs(inputs: Readonly<Record<string, unknown>>): PackageInputs {
  const [name, version, action] = [text(inputs, 'name'), text(inputs, 'version'), text(inputs, 'action')];
  if (text(inputs, 'source') !== '') throw new PackageError('invalid input: source parameter is not supported in this version');
  if (name === '') throw new PackageError('invalid input: empty name field');
  if (name.length > 2048) throw new PackageError('invalid input: name is longer than 2048 characters');
  if (action !== 'Install' && action !== 'Uninstall') throw new PackageError(`unsupported action: ${action}`);
  const installationType = text(inputs, 'installationType') || 'Uninstall and reinstall';
  if (installationType !== 'Uninstall and reinstall' && installationType !== 'In-place update') {
    throw new PackageError(
      `invalid input: installationType must be 'Uninstall and reinstall' or 'In-place update', not '${installationType}'`,
    );
  }
  const environment = parseArguments(inputs['additionalArguments']);
  return { name, action, version, inPlace: installationType === 'In-place update', environment };
}

/** A map, or its JSON text. */
function parseArguments(given: unknown): Readonly<Record<string, string>> {
  let value: unknown = given ?? {};
  if (typeof value === 'string') {
    try {
      value = value.trim() === '' ? {} : JSON.parse(value);
    } catch (error) {
      throw new PackageError('invalid input: additionalArguments is no JSON object', { cause: error });
    }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PackageError('invalid input: additionalArguments is no JSON object');
  }
  const entries = Object.entries(value).map(([key, one]: [string, unknown]) => [key, argument(key, one)] as const);
  const characters = entries.reduce((sum, [key, one]) => sum + key.length + one.length, 0);
  if (characters > ARGUMENTS_CHARACTERS_MAX) {
    throw new PackageError(`invalid input: additionalArguments has more than ${ARGUMENTS_CHARACTERS_MAX} characters`);
  }
  return Object.fromEntries(entries);
}

function argument(key: string, value: unknown): string {
  if (!/^SSM_[A-Za-z0-9_]{1,250}$/.test(key)) {
    throw new PackageError(
      `invalid input: additionalArguments: the name ${key} must begin with SSM_, then letters, digits and _`,
    );
  }
  const plain = typeof value === 'string' ? value : JSON.stringify(value);
  if (plain.includes('\0')) throw new PackageError(`invalid input: additionalArguments: ${key} must not contain NUL`);
  return plain;
}

function text(inputs: Readonly<Record<string, unknown>>, key: string): string {
  const value = inputs[key];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new PackageError(`invalid input: ${key} must be text`);
  return value.trim();
}
