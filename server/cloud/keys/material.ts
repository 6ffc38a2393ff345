// A key's material as it is stored: random bytes (32; of a key for MACs as many as its hash has), sealed for the one row that holds them.
import type { Ids, Scope } from '../../platform/ids.ts';
import type { Seal, SealedColumn } from '../../platform/seal/index.ts';
import type { MaterialRow } from './tables.ts';

const MATERIAL_BYTES = 32;

type Named = Pick<MaterialRow, 'account' | 'region' | 'key_id' | 'version'>;

/** Says what is sealed and whose: moved to another row it does not open. */
export function sealContext({ account, region, key_id, version }: Named): string {
  return `keys/material/${account}/${region}/${key_id}/${version}`;
}

/** For rotations of the master key. */
export const sealedMaterial: SealedColumn = {
  table: 'keys_material',
  key: ['account', 'region', 'key_id', 'version'],
  column: 'sealed_material',
  context: (row) =>
    sealContext({
      account: String(row['account']),
      region: String(row['region']),
      key_id: String(row['key_id']),
      version: Number(row['version']),
    }),
};

export function newMaterial(
  { seal, ids }: { readonly seal: Pick<Seal, 'seal'>; readonly ids: Ids },
  { account, region }: Scope,
  keyId: string,
  version: number,
  at: Date,
  { onDemand = false, sizeBytes = MATERIAL_BYTES }: { readonly onDemand?: boolean; readonly sizeBytes?: number } = {},
): MaterialRow {
  const named = { account, region, key_id: keyId, version };
  return {
    ...named,
    material_id: ids.hex(64),
    sealed_material: seal.seal(ids.bytes(sizeBytes), sealContext(named)),
    created_at: at.getTime(),
    on_demand: onDemand ? 1 : 0,
  };
}
