// GET URL CA: exit code 0 when the answer is 200. For waiting until a server is ready.
import { readFileSync } from 'node:fs';
import { get } from 'node:https';

const [url, caFile] = process.argv.slice(2);
get(url, { ca: readFileSync(caFile) }, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () =>
  process.exit(1),
);
