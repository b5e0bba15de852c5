import type { KeyInfo } from '../../shared/keys.ts';

/** A strong key in use, unless told otherwise. */
export function keyInfo(parts: Partial<KeyInfo> = {}): KeyInfo {
  return {
    id: 'key-1',
    label: 'Home 2025',
    state: 'active',
    origin: 'emergency-kit',
    sourceName: null,
    instance: null,
    url: null,
    kitDate: null,
    instanceId: null,
    addedAt: '2025-01-01T00:00:00Z',
    stateChangedAt: '2025-01-01T00:00:00Z',
    drilledAt: null,
    exportedAt: null,
    fingerprint: '3F9A-12C4',
    strength: {
      guessesLog10: 40,
      legacyCrackSeconds: 1e20,
      argon2idCrackSeconds: 1e25,
      verdict: 'strong',
      warning: null,
    },
    ...parts,
  };
}
