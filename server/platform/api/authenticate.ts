// The first half of authentication for any route: the authenticators' list, or nobody where the operation takes no signature.
import { anonymousPrincipal, beginAuthentication } from '../access/index.ts';
import type { Authenticator, NowOrLater, PendingAuthentication, RequestHead } from '../access/index.ts';
import type { AccountId, Region } from '../ids.ts';

export interface Callers {
  readonly authenticators: readonly Authenticator[];
  readonly account: AccountId;
  readonly regions: readonly [Region, ...Region[]];
}

/** Unsigned calls belong to nobody; whoever signs one nevertheless is held to it. */
export function authenticate(
  callers: Callers,
  head: RequestHead,
  signingName: string,
  unsigned: boolean,
): NowOrLater<PendingAuthentication> {
  const { authenticators, account, regions } = callers;
  if (!unsigned || authenticators.some((one) => one.claims(head))) return beginAuthentication(authenticators, head, signingName);
  const identity = {
    principal: anonymousPrincipal(account),
    region: regionOfHost(regions, head.headers.get('host')),
  };
  return { identity, confirm: () => {} };
}

/** `ssm.eu-west-1.example.org`: the only thing that says where an unsigned call belongs. */
function regionOfHost(regions: readonly [Region, ...Region[]], host: string | undefined): Region {
  const labels = (host ?? '').split('.');
  return regions.find((region) => labels.includes(region)) ?? regions[0];
}
