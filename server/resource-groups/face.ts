// What higher domains may ask about groups; index.ts re-exports it with the implementation.
import type { Scope } from '../platform/ids.ts';
import type { ReadTx } from '../platform/store/index.ts';

export interface GroupDirectory {
  exists(tx: ReadTx, scope: Scope, groupName: string): Promise<boolean>;
  /**
   * Ids of the nodes in a group, in id order, after `after`, at most `limit` (500). `resourceTypes` (`AWS::SSM::ManagedInstance`,
   * `AWS::EC2::Instance`; undefined: any) leaves out the others. A group that is not there has none. Never reads the fleet whole.
   * A node that was named as a member and has been deregistered since may be among them.
   */
  page(
    tx: ReadTx,
    scope: Scope,
    groupName: string,
    resourceTypes: readonly string[] | undefined,
    after: string | undefined,
    limit: number,
  ): Promise<string[]>;
  /** Those of `ids` (at most 500) that are nodes of the group, in the order given. */
  keep(
    tx: ReadTx,
    scope: Scope,
    groupName: string,
    resourceTypes: readonly string[] | undefined,
    ids: readonly string[],
  ): Promise<string[]>;
}
