// Tokens of control channels: made by CreateControlChannel, shown in the first frame of the WebSocket. Good once, for a short time, for
// one node; a newer one replaces the older. Kept in memory: the handshake itself is signed, the token ties its frame to it.
import { timingSafeEqual } from 'node:crypto';
import type { Ids, NodeId, Scope } from '../ids.ts';
import type { Clock } from '../time/clock.ts';

/** 256 bits. */
const TOKEN_HEX_DIGITS = 64;

interface Token {
  readonly value: string;
  readonly expiresAtMs: number;
}

export interface TokenOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly lifeMs: number;
  /** Tokens alive at once: one for each node that may be here. */
  readonly tokensMax: number;
}

export class ChannelTokens {
  readonly #options: TokenOptions;
  /** In the order they were made, so also in that of their expiry. */
  readonly #tokens = new Map<string, Token>();

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  /** Undefined when too many are waiting to be used. */
  issue(scope: Scope, nodeId: NodeId): string | undefined {
    const { clock, ids, lifeMs, tokensMax } = this.#options;
    const nowMs = clock.nowMs();
    for (const [key, token] of this.#tokens) {
      if (token.expiresAtMs > nowMs) break;
      this.#tokens.delete(key);
    }
    const key = keyOf(scope, nodeId);
    this.#tokens.delete(key);
    if (this.#tokens.size >= tokensMax) return undefined;
    const value = ids.bytes(TOKEN_HEX_DIGITS / 2).toString('hex');
    this.#tokens.set(key, { value, expiresAtMs: nowMs + lifeMs });
    return value;
  }

  /** The node is gone: a handshake that is under way must not become a channel. */
  forget(scope: Scope, nodeId: NodeId): void {
    this.#tokens.delete(keyOf(scope, nodeId));
  }

  /** True once for each token. */
  take(scope: Scope, nodeId: NodeId, value: string): boolean {
    const key = keyOf(scope, nodeId);
    const token = this.#tokens.get(key);
    if (token === undefined || token.expiresAtMs <= this.#options.clock.nowMs()) return false;
    const expected = Buffer.from(token.value);
    const shown = Buffer.from(value);
    if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return false;
    this.#tokens.delete(key);
    return true;
  }
}

function keyOf(scope: Scope, nodeId: NodeId): string {
  return `${scope.account}/${scope.region}/${nodeId}`;
}
