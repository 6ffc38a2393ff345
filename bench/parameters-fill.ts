// Fills a data directory with parameters, by SQL: half of them in a tree of teams and applications, half side by side below one path. What is rare
// is so in every size alike (`RARE` of each kind, evenly spread), so that pages of all sizes hold as many rows. Indexes are made afterwards.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ACCOUNT, REGION } from './server-process.ts';

/** Of each rare kind: two pages. */
const RARE = 20;
export const PAGE = 10;
const TABLES = ['parameters_parameter', 'parameters_version', 'parameters_label', 'tag'];

/** Names of the i-th of each half, without the leading slash. */
export const wideKey = (i: number): string => `wide/p${String(i).padStart(7, '0')}`;
export const treeKey = (i: number): string => `${appPath(i)}/p${i % 10}`;
export const appPath = (i: number): string => `${teamPath(i)}/a${Math.floor(i / 10) % 10}`;
export const teamPath = (i: number): string => `tree/t${String(Math.floor(i / 100)).padStart(5, '0')}`;

/** The same by SQL: `tree` sorts before `wide`, so both halves are appended in the order of their keys. */
const PARENT = `case when half = 0 then printf('tree/t%05d/a%d', i / 100, i / 10 % 10) else 'wide' end`;
const KEY = `case when half = 0 then printf('tree/t%05d/a%d/p%d', i / 100, i / 10 % 10, i % 10) else printf('wide/p%07d', i) end`;
const TYPE = `case when i % 10 < 6 then 'String' when i % 10 < 9 then 'SecureString' else 'StringList' end`;

/** `count` parameters; made by a server that has started once and ended. */
export function fillParameters(directory: string, count: number): void {
  using database = new DatabaseSync(join(directory, 'muster.db'));
  // Nothing but this process has the file, and an interrupted fill is thrown away.
  database.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -500000; pragma temp_store = file');
  const named = TABLES.map((name) => `'${name}'`).join(', ');
  const indexes = database
    .prepare(`select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name in (${named})`)
    .all() as { name: string; sql: string }[];
  for (const { name } of indexes) database.exec(`drop index ${name}`);
  const half = Math.floor(count / 2);
  const isRare = (remainder: number) => `(i % ${Math.floor(half / (RARE / 2))} = ${remainder})`;
  const numbers = `with recursive n(i) as (select 0 union all select i + 1 from n where i < ${half - 1}), halves(half) as (values (0), (1)),
    p as (select half, i, ${KEY} as key, ${PARENT} as parent, ${TYPE} as type from halves cross join n)`;
  const columns =
    'account, region, key, version, type, value, key_id, description, allowed_pattern, tier, data_type, policies, modified_at, modified_by';
  const shared = `'${ACCOUNT}', '${REGION}', key`;
  const rest = (version: string) => `${version}, type, 'the value of ' || key,
    case when type <> 'SecureString' then null when i % ${Math.floor(half / (RARE / 2))} between 6 and 8 then 'alias/rare' else 'alias/aws/ssm' end,
    null, null, case when ${isRare(3)} then 'Advanced' else 'Standard' end, case when ${isRare(4)} then 'aws:ec2:image' else 'text' end,
    '[]', ${Date.now()}, 'arn:aws:iam::${ACCOUNT}:root'`;
  database.exec('begin');
  database.exec(`insert into parameters_parameter (${columns}, parent, rooted, oldest_version, due_at)
    ${numbers} select ${shared}, ${rest('2')}, parent, 1, 1, null from p`);
  // Of one in ten there is the version before, with a label; one in ten has tags.
  database.exec(`insert into parameters_version (${columns}) ${numbers} select ${shared}, ${rest('1')} from p where i % 10 = 1`);
  database.exec(`insert into parameters_label (account, region, key, label, version)
    ${numbers} select ${shared}, 'stable', 1 from p where i % 10 = 1`);
  database.exec(`insert into parameters_label (account, region, key, label, version)
    ${numbers} select ${shared}, 'rare', 2 from p where ${isRare(5)}`);
  const tag = (key: string, value: string, where: string) =>
    database.exec(`insert into tag (account, region, resource_type, resource_id, key, value)
      ${numbers} select '${ACCOUNT}', '${REGION}', 'Parameter', key, '${key}', ${value} from p where ${where}`);
  tag('env', `case when i % 20 = 2 then 'prod' else 'dev' end`, 'i % 10 = 2');
  tag('rare', `'yes'`, isRare(2));
  database.exec('commit');
  for (const { sql } of indexes) database.exec(sql);
}
