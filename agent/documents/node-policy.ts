// What the owner of the node lets the server do: `DIR/policy.json`, written by hand, read at start, beyond the server's reach. Pure but for the
// file. Actions are what the agent does and cannot be lied about; a document's name is what the server says it is called.
//
//   {"actions": ["aws:runShellScript", "aws:download*"], "documents": ["AWS-RunShellScript", "Team-*"]}
import { findText } from '../machine/files.ts';

export interface NodePolicy {
  /** A sentence for people; undefined: it may run. A document without a name is a file that one with a name runs. */
  refusal(documentName: string | undefined, action: string): string | undefined;
}

/** The file cannot be followed: an agent that ignores it would do what its owner forbade. */
export class PolicyError extends Error {}

export const ALLOW_ALL: NodePolicy = { refusal: () => undefined };

export function readPolicy(path: string): NodePolicy {
  const text = findText(path);
  if (text === undefined) return ALLOW_ALL;
  try {
    return parsePolicy(text);
  } catch (error) {
    throw new PolicyError(`${path} cannot be followed: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}

export function parsePolicy(text: string): NodePolicy {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PolicyError('it is no JSON object');
  const unknown = Object.keys(value).find((key) => key !== 'actions' && key !== 'documents');
  if (unknown !== undefined) throw new PolicyError(`it has a field ${unknown}: only actions and documents are known`);
  const { actions, documents } = value as Readonly<Record<string, unknown>>;
  const [mayAct, mayRun] = [allowList('actions', actions), allowList('documents', documents)];
  return {
    refusal(documentName, action) {
      if (documentName !== undefined && !mayRun(documentName)) {
        return `the policy of this node does not allow the document ${documentName}: nothing was run`;
      }
      return mayAct(action) ? undefined : `the policy of this node does not allow the action ${action}: nothing was run`;
    },
  };
}

/** Names, a `*` at the end stands for anything; absent: everything. */
function allowList(field: string, given: unknown): (name: string) => boolean {
  if (given === undefined) return () => true;
  if (!Array.isArray(given)) throw new PolicyError(`${field} must be a list of names`);
  const patterns = given.map((one: unknown) => {
    if (typeof one !== 'string' || one === '' || one.slice(0, -1).includes('*')) {
      throw new PolicyError(`${field} must be names, with a * at the end at most: ${JSON.stringify(one)}`);
    }
    return one;
  });
  return (name) => patterns.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}
