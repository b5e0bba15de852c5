// What is said of a job and of its files, and what can be done with a job as it stands. Pure.

import type { Job, JobItem, JobKind } from '../../../shared/jobs.ts';
import { t } from '../../messages/messages.ts';
import type { Tone } from '../../widgets/icon.ts';

/** A state in a word, and how it looks. */
export interface Verdict {
  readonly tone: Tone;
  readonly word: string;
}

/** So long a job that ended with failures is kept before the person's eyes. */
const FRESH_MS = 7 * 86_400_000;

/** now: running or waiting; attention: it stands still, or some of it failed of late; past: the rest. */
export type JobSection = 'now' | 'attention' | 'past';

export function sectionOf(job: Pick<Job, 'state' | 'counts' | 'endedAt'>, nowMs: number): JobSection {
  switch (job.state) {
    case 'running':
    case 'waiting':
      return 'now';
    case 'paused':
    case 'interrupted':
      return 'attention';
    case 'cancelled':
      return 'past';
    case 'done':
    case 'failed': {
      const isFresh = job.endedAt === null || nowMs - Date.parse(job.endedAt) < FRESH_MS;
      return isFresh && (job.state === 'failed' || job.counts.failed > 0) ? 'attention' : 'past';
    }
  }
}

export function jobVerdict({ state, kind, counts }: Pick<Job, 'state' | 'kind' | 'counts'>): Verdict {
  switch (state) {
    case 'running':
      return { tone: 'busy', word: t('activity.state.running') };
    case 'done':
      return counts.failed === 0
        ? { tone: 'good', word: t('activity.state.done') }
        : { tone: 'bad', word: t(failedKey(kind), { failed: counts.failed }) };
    case 'failed':
      return { tone: 'bad', word: t('activity.state.failed') };
    case 'paused':
    case 'interrupted':
      return { tone: 'warning', word: t(`activity.state.${state}`) };
    case 'waiting':
    case 'cancelled':
      return { tone: 'neutral', word: t(`activity.state.${state}`) };
  }
}

export function itemVerdict({ state }: Pick<JobItem, 'state'>, kind: JobKind): Verdict {
  switch (state) {
    case 'waiting':
    case 'cancelled':
      return { tone: 'neutral', word: t(`activity.item.state.${state}`) };
    case 'running':
      return { tone: 'busy', word: t('activity.item.state.running') };
    case 'skipped':
      return { tone: 'neutral', word: t('activity.item.state.skipped') };
    case 'done':
      return {
        tone: 'good',
        word: t(kind === 'verify' ? 'activity.item.state.good' : 'activity.item.state.done'),
      };
    case 'failed':
      return {
        tone: 'bad',
        word: t(kind === 'verify' ? 'activity.item.state.not-good' : 'activity.item.state.failed'),
      };
  }
}

/** "38 of 40 files", "40 files" once nothing is left. */
export function filesInWords({ counts }: Pick<Job, 'counts'>): string {
  const ended = counts.done + counts.skipped + counts.failed;
  return ended === counts.total
    ? t('activity.files', { count: counts.total })
    : t('activity.files-of', { done: ended, total: counts.total });
}

/** Milliseconds from its beginning to its end; null while one of them is missing. */
export function tookMs({ startedAt, endedAt }: Pick<Job, 'startedAt' | 'endedAt'>): number | null {
  if (startedAt === null || endedAt === null) return null;
  return Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));
}

/** It does something, or will by itself. */
export function isActive({ state }: Pick<Job, 'state'>): boolean {
  return state === 'running' || state === 'waiting';
}

/** A migration, an encryption or a change of keys: what `batches.report` knows. */
export function isBatch({ kind }: Pick<Job, 'kind'>): boolean {
  return kind === 'migrate' || kind === 'encrypt' || kind === 'rekey';
}

export function canStop({ state }: Pick<Job, 'state'>): boolean {
  return isActive({ state }) || state === 'paused' || state === 'interrupted';
}

/** It stands still with something left to do. */
export function canResume({ state, counts }: Pick<Job, 'state' | 'counts'>): boolean {
  if (state === 'paused' || state === 'interrupted') return true;
  return (state === 'failed' || state === 'cancelled') && counts.left + counts.cancelled > 0;
}

export function canRetryFailed({ state, counts }: Pick<Job, 'state' | 'counts'>): boolean {
  return !isActive({ state }) && counts.failed > 0;
}

function failedKey(kind: JobKind): 'activity.state.done-not-good' | 'activity.state.done-part' {
  return kind === 'verify' ? 'activity.state.done-not-good' : 'activity.state.done-part';
}
