// Which server, as whom: `--data-dir DIR` (or MUSTER_DATA_DIR), else what the environment says as it says it to the AWS CLI, else
// ./muster-data where that is. Keys of another place are never sent to an endpoint that was not named with them.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AwsEndpoint } from './aws-call.ts';
import { readCredentials } from './credentials.ts';
import { UsageError } from './usage-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const DATA_DIR_DEFAULT = './muster-data';

export function findEndpoint(dataDir: string | undefined, env: Environment): AwsEndpoint {
  const url = env['AWS_ENDPOINT_URL_SSM'] || env['AWS_ENDPOINT_URL'];
  const named = dataDir ?? (url ? undefined : env['MUSTER_DATA_DIR']);
  if (named !== undefined && named !== '') return fromDataDirectory(resolve(named));
  if (url) return fromEnvironment(url, env);
  if (existsSync(join(DATA_DIR_DEFAULT, 'credentials'))) return fromDataDirectory(resolve(DATA_DIR_DEFAULT));
  throw new UsageError('which server? eval "$(muster credentials --data-dir DIR)" first, or say --data-dir DIR');
}

function fromDataDirectory(dataDir: string): AwsEndpoint {
  const { endpointUrl, region, accessKeyId, secretAccessKey } = readCredentials(dataDir);
  const authority = join(dataDir, 'tls', 'ca.pem');
  return {
    url: checkUrl(endpointUrl, join(dataDir, 'credentials')),
    ca: existsSync(authority) ? readFileSync(authority, 'utf8') : undefined,
    region,
    credentials: { accessKeyId, secretAccessKey },
  };
}

function fromEnvironment(url: string, env: Environment): AwsEndpoint {
  const required = (...names: readonly string[]): string => {
    const value = names.map((name) => env[name]).find((found) => found !== undefined && found !== '');
    if (value !== undefined) return value;
    throw new UsageError(`AWS_ENDPOINT_URL is set and ${names[0]} is not: eval "$(muster credentials)" sets all of them`);
  };
  // NODE_EXTRA_CA_CERTS is read by the runtime itself.
  const bundle = env['AWS_CA_BUNDLE'] || env['SSL_CERT_FILE'];
  return {
    url: checkUrl(url, 'AWS_ENDPOINT_URL'),
    ca: bundle ? readBundle(bundle) : undefined,
    region: required('AWS_REGION', 'AWS_DEFAULT_REGION'),
    credentials: {
      accessKeyId: required('AWS_ACCESS_KEY_ID'),
      secretAccessKey: required('AWS_SECRET_ACCESS_KEY'),
      sessionToken: env['AWS_SESSION_TOKEN'] || undefined,
    },
  };
}

function checkUrl(url: string, where: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new UsageError(`${where} says ${JSON.stringify(url)}, which is no http or https address`);
}

function readBundle(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read the certificates in AWS_CA_BUNDLE: ${(error as Error).message}`, { cause: error });
  }
}
