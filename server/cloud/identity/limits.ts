// AWS's limits of IAM. Those that AWS sets an account by default and raises on request are generous here: nobody is there to ask.
export const VERSIONS_PER_POLICY_MAX = 5;
export const KEYS_PER_USER_MAX = 2;
/** AWS's default is 10, its maximum 20. */
export const ATTACHED_POLICIES_MAX = 20;
export const TAGS_MAX = 50;
/** Characters of a policy without white space. */
export const MANAGED_POLICY_CHARACTERS_MAX = 6_144;
/** AWS's default is 2,048, its maximum 4,096. */
export const TRUST_POLICY_CHARACTERS_MAX = 4_096;
/** All inline policies of one entity together. */
export const INLINE_POLICY_CHARACTERS_MAX = { user: 2_048, group: 5_120, role: 10_240 } as const;
/** AWS's is 10; each costs a decision a few statements. */
export const GROUPS_PER_USER_MAX = 10;
export const CLIENT_IDS_MAX = 100;
export const THUMBPRINTS_MAX = 5;
/** Of an account: AWS's defaults are 5,000, 300, 1,000, 1,000 and 1,500. They only keep a loop that went wild from filling the disk. */
export const QUOTAS = { user: 50_000, group: 5_000, role: 10_000, 'instance-profile': 10_000, policy: 15_000 } as const;
export const PROVIDERS_MAX = 100;
/** What a page holds where the caller says nothing. */
export const PAGE_ITEMS = 100;
