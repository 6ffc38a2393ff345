// A principal as policies see it: how policies of resources name it, and the condition keys that it and its call bring. Pure.
//
// A key is worked out when a policy asks for it: there are two dozen, and of most calls three are asked for. `every-key.fixture.ts` writes them
// all down at once; a test holds the two equal.
import type { CallFacts, ConditionFacts } from '../../../platform/access/authenticator.ts';
import type { Principal } from '../../../platform/access/principal.ts';
import { nodeArn } from '../../../platform/node-arn.ts';
import { nodeRoleArn } from '../entities/roles.ts';
import type { CallerFacts } from '../policy-engine/request.ts';

export function callerFacts(principal: Principal): CallerFacts {
  const { account, arn } = principal;
  switch (principal.kind) {
    case 'anonymous':
      return { account, arn: '' };
    case 'role':
      return { account, arn, roleArn: principal.roleArn };
    case 'node':
      return { account, arn, roleArn: roleArnOf(principal) };
    default:
      return { account, arn };
  }
}

/** The facts of a call; of one that nobody made, what can be known: when, and where. */
export type Call = Pick<CallFacts, 'at' | 'region'> & Partial<CallFacts>;

/** Names in lower case. `tags`: of the user or role. */
export function principalKeys(principal: Principal, tags: ReadonlyMap<string, string>, call: Call): ConditionFacts {
  return new CallerKeys(principal, tags, call);
}

/** Of somebody who has a token of an identity provider and nothing else yet. */
export function webIdentityKeys(call: Call, provider: string): ConditionFacts {
  return {
    get(key) {
      const value = key === 'aws:federatedprovider' ? provider : CALL_KEYS.get(key)?.(call);
      return value === undefined ? undefined : [value];
    },
  };
}

const PRINCIPAL_TAG = 'aws:principaltag/';

class CallerKeys implements ConditionFacts {
  readonly #principal: Principal;
  readonly #tags: ReadonlyMap<string, string>;
  readonly #call: Call;
  /** What was asked for: statements ask for the same few keys again and again. */
  #known: Map<string, readonly string[]> | undefined;
  #lowerCaseTags: ReadonlyMap<string, string> | undefined;

  constructor(principal: Principal, tags: ReadonlyMap<string, string>, call: Call) {
    this.#principal = principal;
    this.#tags = tags;
    this.#call = call;
  }

  get(key: string): readonly string[] | undefined {
    const known = this.#known?.get(key);
    if (known !== undefined) return known;
    const value = this.#read(key);
    if (value === undefined) return undefined;
    const values = [value];
    (this.#known ??= new Map()).set(key, values);
    return values;
  }

  #read(key: string): string | undefined {
    const ofCall = CALL_KEYS.get(key);
    if (ofCall !== undefined) return ofCall(this.#call);
    const ofPrincipal = PRINCIPAL_KEYS.get(key);
    if (ofPrincipal !== undefined) return ofPrincipal(this.#principal);
    if (key.startsWith(PRINCIPAL_TAG)) return this.#tag(key.slice(PRINCIPAL_TAG.length));
    return federatedKey(this.#principal, key);
  }

  #tag(lowerCaseKey: string): string | undefined {
    this.#lowerCaseTags ??= lowerCaseTags(this.#principal, this.#tags);
    return this.#lowerCaseTags.get(lowerCaseKey);
  }
}

/** Tags of the session beat those of the role; of those that differ by case alone, the last one speaks. */
function lowerCaseTags(principal: Principal, tags: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const lower = new Map<string, string>();
  for (const [key, value] of tags) lower.set(key.toLowerCase(), value);
  if (principal.kind === 'role') for (const [key, value] of Object.entries(principal.tags)) lower.set(key.toLowerCase(), value);
  return lower;
}

const CALL_KEYS: ReadonlyMap<string, (call: Call) => string | undefined> = new Map<string, (call: Call) => string | undefined>([
  ['aws:currenttime', ({ at }) => at.toISOString()],
  ['aws:epochtime', ({ at }) => String(Math.floor(at.getTime() / 1_000))],
  ['aws:requestedregion', ({ region }) => region],
  ['aws:principalisawsservice', () => 'false'],
  ['aws:sourceip', ({ sourceIp }) => sourceIp],
  ['aws:useragent', ({ userAgent }) => userAgent],
  ['aws:securetransport', ({ secure }) => (secure === undefined ? undefined : String(secure))],
]);

type OfPrincipal = (principal: Principal) => string | undefined;

const PRINCIPAL_KEYS: ReadonlyMap<string, OfPrincipal> = new Map<string, OfPrincipal>([
  ['aws:principalaccount', ({ account }) => account],
  ['aws:principalarn', principalArn],
  ['aws:userid', ({ userId }) => userId],
  [
    'aws:principaltype',
    ({ kind }) => (kind === 'user' ? 'User' : kind === 'role' || kind === 'node' ? 'AssumedRole' : 'Account'),
  ],
  ['aws:username', (principal) => (principal.kind === 'user' ? principal.userName : undefined)],
  ['aws:tokenissuetime', issuedAt],
  // There is no second factor yet. Long-lived keys have no such key at all.
  ['aws:multifactorauthpresent', (principal) => (issuedAt(principal) === undefined ? undefined : 'false')],
  ['aws:sourceidentity', (principal) => (principal.kind === 'role' ? principal.sourceIdentity : undefined)],
  ['aws:federatedprovider', (principal) => (principal.kind === 'role' ? principal.provider : undefined)],
  ['ssm:sourceinstancearn', ownNodeArn],
  ['ec2:sourceinstancearn', ownNodeArn],
  // Ours: AWS has no key for the bare id.
  ['muster:nodeid', (principal) => (principal.kind === 'node' ? principal.nodeId : undefined)],
]);

function issuedAt(principal: Principal): string | undefined {
  return principal.kind === 'user' || principal.kind === 'role' ? principal.issuedAt : undefined;
}

function ownNodeArn(principal: Principal): string | undefined {
  return principal.kind === 'node' ? nodeArn(principal, principal.nodeId) : undefined;
}

/** `<issuer>:sub` and `<issuer>:aud` of the provider that answered for the caller. */
function federatedKey(principal: Principal, key: string): string | undefined {
  if (principal.kind !== 'role' || principal.provider === undefined) return undefined;
  const issuer = principal.provider.slice(principal.provider.indexOf('/') + 1).toLowerCase();
  if (key === `${issuer}:sub`) return principal.subject;
  return key === `${issuer}:aud` ? principal.audience : undefined;
}

/** Of a session: the role's, as AWS's `aws:PrincipalArn`. */
function principalArn(principal: Principal): string {
  if (principal.kind === 'role') return principal.roleArn;
  return principal.kind === 'node' ? roleArnOf(principal) : principal.arn;
}

function roleArnOf({ account, roleName }: Extract<Principal, { kind: 'node' }>): string {
  return nodeRoleArn(account, roleName);
}
