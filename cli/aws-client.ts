// A person's calls of the API. Reads keep their connection and are tried again when it is lost, so that a server's restart is survived;
// writes have a connection of their own and are sent once, because nobody can know whether a lost one was done.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { AwsError, awsCall, ConnectionError } from './aws-call.ts';
import type { AwsEndpoint } from './aws-call.ts';
import type { Clock } from './clock.ts';

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Longest time that the server may keep the call open before it answers. */
  readonly waitSeconds?: number;
  /** How long to try again before giving up. */
  readonly patienceMs?: number;
  /** Called once when the first try of a call has failed, and once when it has succeeded after all. */
  readonly onLost?: (reason: string) => void;
  readonly onFound?: () => void;
}

export interface WriteOptions {
  /** For thousands in a row that may be done twice: on the connection of reads, though one that the server is just closing loses the call. */
  readonly keepsConnection?: boolean;
}

export interface AwsClient {
  read(service: string, target: string, input: Input, options?: ReadOptions): Promise<Record<string, unknown>>;
  write(service: string, target: string, input: Input, options?: WriteOptions): Promise<Record<string, unknown>>;
  close(): void;
}

type Input = Readonly<Record<string, unknown>>;

/** A first connection that is refused is soon said; whoever watches has more patience. */
const PATIENCE_MS = 1_000;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 3_000;
/** For the answer itself, beyond the time that the server was asked to wait. */
const ANSWER_MS_MAX = 20_000;

export function awsClient(endpoint: AwsEndpoint, clock: Clock): AwsClient {
  const agent = endpoint.url.startsWith('http:') ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true });

  const once = (service: string, target: string, input: Input, { signal, waitSeconds = 0 }: ReadOptions) =>
    awsCall(endpoint, service, target, input, clock.now(), { agent, signal, timeoutMs: waitSeconds * 1000 + ANSWER_MS_MAX });

  return {
    async read(service, target, input, options = {}) {
      const started = clock.elapsedMs();
      const { patienceMs = PATIENCE_MS, signal } = options;
      for (let attempt = 0; ; attempt++) {
        try {
          const answer = await once(service, target, input, options);
          if (attempt > 0) options.onFound?.();
          return answer;
        } catch (error) {
          const pauseMs = retryPauseMs(attempt, clock.jitter());
          const late = clock.elapsedMs() - started + pauseMs > patienceMs;
          if (signal?.aborted === true || late || !isWorthRetrying(error)) throw error;
          if (attempt === 0) options.onLost?.(reasonOf(error));
          await clock.wait(pauseMs, signal);
        }
      }
    },
    write: (service, target, input, { keepsConnection = false } = {}) =>
      awsCall(endpoint, service, target, input, clock.now(), {
        timeoutMs: ANSWER_MS_MAX,
        agent: keepsConnection ? agent : undefined,
      }),
    close: () => agent.destroy(),
  };
}

/** Doubles from try to try, each between half and whole. */
export function retryPauseMs(attempt: number, jitter: number): number {
  return Math.min(RETRY_FIRST_MS * 2 ** Math.min(attempt, 10), RETRY_MAX_MS) * (0.5 + jitter / 2);
}

/** A refusal is final; a lost connection, a server that stops or is overloaded is not. */
export function isWorthRetrying(error: unknown): error is AwsError | ConnectionError {
  if (error instanceof AwsError) return error.status >= 500 || error.status === 429 || error.code === 'ThrottlingException';
  return error instanceof ConnectionError && !isCertificateError(error);
}

function isCertificateError({ code }: ConnectionError): boolean {
  return /CERT|SELF_SIGNED|ERR_TLS/.test(code);
}

/** In a few words, for one line. */
export function reasonOf(error: AwsError | ConnectionError): string {
  if (error instanceof AwsError) return `${error.code}: ${error.message}`;
  if (!isCertificateError(error)) return error.message;
  return `${error.message}: its certificate is not trusted here; set AWS_CA_BUNDLE (muster credentials prints it) or use --data-dir`;
}
