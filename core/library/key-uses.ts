// What each key opens: how many known backups, from when to when. A content counts once, however many copies there are.

import type { KeyInfo, KeyUse, KeyWithUse } from '../../shared/keys.ts';
import type { Catalog } from '../catalog/index.ts';

const UNUSED: KeyUse = { backupCount: 0, earliest: null, latest: null };

/** By key id; keys that open nothing are not in it. @throws DAMAGED_CATALOG, BUSY, IO_FAILED */
export function keyUses({ catalog }: { readonly catalog: Catalog }): Map<string, KeyUse> {
  const uses = new Map<string, KeyUse>();
  for (const { date, trials } of catalog.backups()) {
    for (const { keyId, outcome } of trials) {
      if (outcome === 'none') continue;
      const { backupCount, earliest, latest } = uses.get(keyId) ?? UNUSED;
      uses.set(keyId, {
        backupCount: backupCount + 1,
        earliest: date === null || (earliest !== null && earliest < date) ? earliest : date,
        latest: date === null || (latest !== null && latest > date) ? latest : date,
      });
    }
  }
  return uses;
}

export function withUses(keys: readonly KeyInfo[], catalog: Catalog): KeyWithUse[] {
  const uses = keyUses({ catalog });
  return keys.map((key) => ({ ...key, use: uses.get(key.id) ?? UNUSED }));
}
