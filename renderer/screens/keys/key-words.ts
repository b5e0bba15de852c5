// What is said of a key in whole phrases: what it opens, where it came from, how strong it is. Pure; never the key itself.

import { describeCrackTime } from '../../../shared/crack-time.ts';
import type { KeyInfo, KeyPlace, KeyState, KeyStrength, KeyUse } from '../../../shared/keys.ts';
import * as formats from '../../app/formats.ts';
import { t } from '../../messages/messages.ts';
import type { Tone } from '../../widgets/icon.ts';

export const STATE_TONES: Readonly<Record<KeyState, Tone>> = {
  active: 'good',
  retired: 'neutral',
  compromised: 'bad',
};

export const STRENGTH_TONES: Readonly<Record<KeyStrength['verdict'], Tone>> = {
  strong: 'good',
  fair: 'warning',
  weak: 'bad',
};

/** "Opens 31 backups, made Jan 16, 2025 to Mar 2, 2026". */
export function useInWords(use: KeyUse | null): string {
  if (use === null) return t('keys.opens-unknown');
  const { backupCount: count, earliest, latest } = use;
  if (count === 0 || earliest === null || latest === null) return t('keys.opens', { count });
  const [from, to] = [formats.day(earliest), formats.day(latest)];
  return from === to ? t('keys.opens-date', { count, from }) : t('keys.opens-dates', { count, from, to });
}

/** "from an emergency kit, Feb 13, 2025". */
export function originInWords({ origin, addedAt }: Pick<KeyInfo, 'origin' | 'addedAt'>): string {
  return t(`keys.added.${origin}`, { date: formats.day(addedAt) });
}

/** How long it keeps a stranger out who has a backup, and what makes it weak. */
export function strengthInWords({
  legacyCrackSeconds,
  argon2idCrackSeconds,
  warning,
}: Pick<KeyStrength, 'legacyCrackSeconds' | 'argon2idCrackSeconds' | 'warning'>): string {
  const legacy = describeCrackTime(legacyCrackSeconds);
  const argon2id = describeCrackTime(argon2idCrackSeconds);
  const times =
    legacy === argon2id
      ? t('keys.strength.one-time', { time: legacy })
      : t('keys.strength.two-times', { legacy, argon2id });
  return warning === null ? times : `${times} ${warning}`;
}

/** "group 3, character 2 and group 5, character 1". */
export function placesInWords(places: readonly KeyPlace[]): string {
  return formats.list(places.map(({ group, character }) => t('keys.places.place', { group, character })));
}

/** A name for the page to print that every file system takes. */
export function pageFileName(label: string): string {
  const plain = label
    .replace(/[\u0000-\u001f"*/:<>?\\|]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80);
  return t('keys.save.page-name', { label: plain }).replace(/\s+\.pdf$/, '.pdf');
}
