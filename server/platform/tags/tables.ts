// Rows of tags: one a tag.
import type { AccountId, Region } from '../ids.ts';

export interface TagTables {
  tag: {
    account: AccountId;
    region: Region;
    /** As the domain that owns the resource names it, such as `ManagedInstance`. */
    resource_type: string;
    resource_id: string;
    key: string;
    value: string;
  };
}
