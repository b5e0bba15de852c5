// How a backup is, in words: what is known, since when, and what follows. Pure: the words come from the messages by key.

import type { MessageKey, MessageValues } from '../../messages/messages.ts';
import type { LibraryBackup } from '../../../shared/library.ts';
import type { BackupPage } from '../../../shared/window.ts';
import { presentCopies, verificationStateOf } from '../library/library-view.ts';

export interface Sentence {
  readonly key: MessageKey;
  readonly values?: MessageValues;
}

export interface Health {
  readonly tone: 'good' | 'warning' | 'bad' | 'neutral';
  readonly title: MessageKey;
  readonly sentences: readonly Sentence[];
  /** What the engine said, as it said it. */
  readonly said: string | null;
  readonly leads: 'to-keys' | 'to-unlock' | null;
}

export interface HealthFacts {
  readonly backup: LibraryBackup;
  readonly problem: BackupPage['problem'];
  /** null where it is not known. */
  readonly partCount: number | null;
  readonly keyLabel: string | null;
  readonly isVaultOpen: boolean;
  /** ISO 8601; null: all verifications count. */
  readonly staleBefore: string | null;
  /** "3 days ago". */
  readonly ago: (iso: string) => string;
}

export function healthOf(facts: HealthFacts): Health {
  const { backup, problem, staleBefore } = facts;
  const key = keySentence(facts);
  const leads = leadOf(facts);
  if (presentCopies(backup).length === 0)
    return {
      tone: 'warning',
      title: 'backup.health.title.away',
      sentences: [{ key: 'backup.health.away' }, key],
      said: null,
      leads,
    };
  if (problem !== null)
    return {
      tone: 'bad',
      title: 'backup.health.title.unreadable',
      sentences: [],
      said: [problem.message, problem.hint ?? ''].filter(Boolean).join(' '),
      leads: null,
    };
  const state = verificationStateOf(backup, staleBefore);
  const last = backup.lastVerification;
  if (last === null || state === 'never')
    return {
      tone: backup.keyState === 'locked' ? 'warning' : 'neutral',
      title: backup.keyState === 'locked' ? 'backup.health.title.locked' : 'backup.health.title.never',
      sentences:
        backup.keyState === 'locked'
          ? [{ key: 'backup.health.locked' }]
          : [key, { key: 'backup.health.never' }],
      said: null,
      leads,
    };
  if (state === 'damaged')
    return {
      tone: 'bad',
      title: last.status === 'truncated' ? 'backup.health.title.truncated' : 'backup.health.title.damaged',
      sentences: [{ key: 'backup.health.damaged' }],
      said: last.message,
      leads: null,
    };
  // Since that verification a key has come that opens it.
  if (state === 'locked' && backup.keyState === 'opens')
    return {
      tone: 'neutral',
      title: 'backup.health.title.never',
      sentences: [key, { key: 'backup.health.never' }],
      said: null,
      leads,
    };
  if (state === 'locked' || state === 'unsupported')
    return {
      tone: 'warning',
      title: `backup.health.title.${state}`,
      sentences: [{ key: `backup.health.${state}` }],
      said: state === 'unsupported' ? last.message : null,
      leads,
    };
  return goodHealth(facts, last.level, last.at, state === 'stale' ? 'stale' : 'fresh', [key]);
}

function goodHealth(
  { backup, partCount, ago }: HealthFacts,
  level: 'quick' | 'full' | 'deep',
  at: string,
  age: 'fresh' | 'stale',
  key: readonly Sentence[],
): Health {
  const kind = backup.protection === 'plain' || backup.protection === 'none' ? 'plain' : 'encrypted';
  const title =
    age === 'stale'
      ? 'backup.health.title.stale'
      : level === 'quick'
        ? 'backup.health.title.good.quick'
        : 'backup.health.title.good';
  const parts = partCount ?? backup.contents.length;
  return {
    tone: age === 'stale' ? 'warning' : 'good',
    title,
    sentences: [
      { key: `backup.health.${level}.${kind}`, values: { ago: ago(at), parts } },
      ...(age === 'stale' ? [{ key: 'backup.health.stale' } as const] : []),
      ...key,
    ],
    said: null,
    leads: null,
  };
}

function keySentence({ backup: { keyState }, keyLabel }: HealthFacts): Sentence {
  if (keyState === 'opens' || keyState === 'opens-part')
    return keyLabel === null
      ? { key: `backup.health.key.${keyState}-unknown` }
      : { key: `backup.health.key.${keyState}`, values: { label: keyLabel } };
  return { key: `backup.health.key.${keyState}` };
}

function leadOf({ backup: { keyState }, isVaultOpen }: HealthFacts): Health['leads'] {
  if (keyState === 'plain' || (keyState === 'opens' && isVaultOpen)) return null;
  return isVaultOpen ? 'to-keys' : 'to-unlock';
}
