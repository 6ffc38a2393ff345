// A look at a PostgreSQL server before anything is written: whether it can be used, said in one line if it cannot, and whether it holds
// data of ours. Invariant: no message contains the URL or its password.
import type { Client } from 'pg';
import { DatabaseUnusable } from './errors.ts';

export interface PostgresFacts {
  /** A server of ours has made its tables there: what is in them was sealed under that server's master key. */
  readonly holdsData: boolean;
}

const CONNECT_MS_MAX = 10_000;
/** Transaction ids that survive a restart (`pg_xact_status` with `xid8`), which the writer asks for, came with 13. */
const VERSION_MIN = 130_000;

export async function probePostgres(url: string): Promise<PostgresFacts> {
  let client: Client | undefined;
  try {
    const pg = await import('pg');
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS_MAX, statement_timeout: CONNECT_MS_MAX });
    // A connection that breaks between two statements fails the next one.
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ version: string; encoding: string; records: string | null }>(
      `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding,
        to_regclass('muster_migration')::text as records`,
    );
    const [facts] = rows;
    if (Number(facts?.version) < VERSION_MIN) throw new Error('PostgreSQL 13 or newer is needed.');
    if (facts?.encoding !== 'UTF8') throw new Error('its encoding is not UTF8; make one with createdb --encoding UTF8.');
    return { holdsData: facts?.records !== null };
  } catch (error) {
    throw new DatabaseUnusable(whereOf(url), reasonOf(error, url), error);
  } finally {
    await client?.end().catch(() => undefined);
  }
}

/** Host, port and database: what a person needs to see which one is meant. */
function whereOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  // A directory of sockets stands in the query.
  const host = searchParams.get('host') ?? (hostname === '' ? 'localhost' : hostname);
  return `${host}:${port === '' ? '5432' : port}${pathname}`;
}

function reasonOf(error: unknown, url: string): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there.';
    case 'ENOENT':
      return 'there is no such socket.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name cannot be resolved.';
    case '28P01':
    case '28000':
      return 'it does not take this user name and password.';
    case '3D000':
      return 'there is no such database; make it with createdb.';
    default:
      return withoutSecrets(String(message).split('\n')[0] ?? '', url);
  }
}

/** Drivers and servers are not known to repeat passwords; this makes sure. */
function withoutSecrets(text: string, url: string): string {
  const { password } = new URL(url);
  const secrets = [url, password, decoded(password)].filter((secret) => secret !== '');
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
