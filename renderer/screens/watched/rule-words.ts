// Rules and events of watched folders in words, and how each looks. Pure.

import type { WatchEvent, WatchRule } from '../../../shared/library.ts';
import type { SchemeRule } from '../../../shared/scheme.ts';
import type { WatchState } from '../../../shared/window.ts';
import { t } from '../../messages/messages.ts';
import type { Verdict } from '../activity/job-words.ts';
import { policyIfAny } from '../rotation/policy-draft.ts';
import { policyInWords } from '../rotation/policy-words.ts';
import type { Tone } from '../../widgets/icon.ts';

/** What a folder gets that is watched for the first time. */
export const FIRST_RULE: WatchRule = { verify: 'full', migrate: null, scheme: null };

/** "New backups are taken into the library, verified in full and brought to the current format." */
export function ruleSentence(
  { verify, migrate, scheme }: WatchRule,
  list: (words: readonly string[]) => string,
): string {
  const steps = [
    t('watched.rule.take-in'),
    ...(verify === 'none' ? [] : [t(`watched.rule.verify.${verify}`)]),
    ...(migrate === null ? [] : [t('watched.rule.migrate')]),
  ];
  const sentence = t('watched.rule.sentence', { steps: list(steps) });
  return scheme === null ? sentence : `${sentence} ${schemeSentence(scheme)}`;
}

/** "Of all that is there, 7 daily and 4 weekly stay; the rest goes into quarantine for 30 days." */
function schemeSentence({ policy, to, undoDays }: SchemeRule): string {
  const kept = policyIfAny(policy);
  return t(`watched.rule.scheme.${to}`, {
    kept: kept === null ? policy : policyInWords(kept),
    days: undoDays,
  });
}

export type FolderWatch = WatchState['folders'][number]['state'] | 'paused' | 'off';

const FOLDER_TONES: Readonly<Record<FolderWatch, Tone>> = {
  watching: 'good',
  starting: 'busy',
  unreachable: 'warning',
  failed: 'bad',
  paused: 'neutral',
  off: 'neutral',
};

export function folderVerdict(state: FolderWatch): Verdict {
  return { tone: FOLDER_TONES[state], word: t(`watched.state.${state}`) };
}

const EVENT_TONES: Readonly<Record<WatchEvent['kind'], Tone>> = {
  watching: 'neutral',
  arrived: 'info',
  'taken-in': 'info',
  verified: 'good',
  migrated: 'good',
  thinned: 'info',
  waits: 'warning',
  unreadable: 'bad',
  failed: 'bad',
  gone: 'neutral',
  unreachable: 'warning',
  back: 'neutral',
  stopped: 'neutral',
};

export function eventVerdict({ kind }: Pick<WatchEvent, 'kind'>): Verdict {
  return { tone: EVENT_TONES[kind], word: t(`watched.event.${kind}`) };
}

/** Something that a person should look at. */
export function isProblem({ kind }: Pick<WatchEvent, 'kind'>): boolean {
  return kind === 'unreadable' || kind === 'failed' || kind === 'unreachable';
}
