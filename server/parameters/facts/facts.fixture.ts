// What is known of real AWS about Parameter Store, as a table: calls that prepare, one call, and what it answers. The official client and the AWS
// CLI both walk it. Every row has names of its own; rows may rely on nothing that another one leaves.
import type { Fact } from './fact.fixture.ts';
import { READ_FACTS } from './read-facts.fixture.ts';
import { SETTING_FACTS } from './setting-facts.fixture.ts';
import { WRITE_FACTS } from './write-facts.fixture.ts';

export const FACTS: readonly Fact[] = [...WRITE_FACTS, ...READ_FACTS, ...SETTING_FACTS];
