// Whether a key is anywhere but in the vault. Pure.

import type { KeyInfo } from '../../../shared/keys.ts';

/** Neither saved, nor found right on paper, nor out of a kit: with this computer it would be lost, as far as the vault knows. */
export function isUnsaved({
  origin,
  exportedAt,
  drilledAt,
}: Pick<KeyInfo, 'origin' | 'exportedAt' | 'drilledAt'>): boolean {
  return origin !== 'emergency-kit' && exportedAt === null && drilledAt === null;
}
