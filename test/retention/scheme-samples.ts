// Backups for the tests of the scheme.

import type { RetentionCandidate, RetentionDecision } from '../../shared/retention/index.ts';

export function candidate(id: string, parts: Partial<RetentionCandidate> = {}): RetentionCandidate {
  return { id, date: null, instanceId: 'home', verification: 'none', isPinned: false, ...parts };
}

/** One a day, at the same hour UTC, `d00` the newest. */
export function daily(count: number, newest: string): RetentionCandidate[] {
  return Array.from({ length: count }, (_, index) => {
    const date = new Date(Date.parse(newest) - index * 86_400_000).toISOString();
    return candidate(`d${String(index).padStart(2, '0')}`, { date });
  });
}

export function kept(decisions: readonly RetentionDecision[]): string[] {
  return decisions.filter(({ keeps }) => keeps).map(({ id }) => id);
}

export function decisionOn(decisions: readonly RetentionDecision[], id: string): RetentionDecision {
  const found = decisions.find((decision) => decision.id === id);
  if (found === undefined) throw new Error(`There is no decision on ${id}`);
  return found;
}
