// The administrator's key as a file of the AWS CLI's form (`AWS_SHARED_CREDENTIALS_FILE` may point at it), readable by its owner alone.
import { join } from 'node:path';
import { readPrivateFile, writePrivateFile } from '../../../platform/seal/index.ts';

/** Writes `<dataDir>/credentials` where it differs, and returns its path. */
export function writeCredentialsFile(
  dataDir: string,
  key: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Where clients on this machine reach the server; `muster credentials` reads them. */
    readonly region: string;
    readonly endpointUrl: string;
  },
): string {
  const path = join(dataDir, 'credentials');
  const lines = [
    '[default]',
    `aws_access_key_id = ${key.accessKeyId}`,
    `aws_secret_access_key = ${key.secretAccessKey}`,
    `region = ${key.region}`,
    `endpoint_url = ${key.endpointUrl}`,
  ];
  const content = `${lines.join('\n')}\n`;
  if (readPrivateFile(path)?.toString() !== content) writePrivateFile(path, content, { replace: true });
  return path;
}
