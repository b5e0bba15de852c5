// What to verify next and how much of it today: a pure function of what is known, so that every host plans alike. Hours and
// days are those of the person's clock; a clock that was set back must make nothing wait for ever.

import type {
  DueVerification,
  LastVerification,
  VerificationPlan,
  VerificationPolicy,
  VerificationReason,
} from './library.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Hours and days of every clock in use begin at a quarter of an hour of UTC. */
const QUARTER_MS = HOUR_MS / 4;
/** What was not good is looked at again so much later: the file may have been replaced, a key may have come. */
const FAILED_AGAIN_MS = DAY_MS;

export const DEFAULT_VERIFICATION_POLICY: VerificationPolicy = {
  level: 'full',
  staleAfterDays: 30,
  bytesPerDay: null,
  minutesPerDay: null,
  quietHours: null,
};

/** One file that may be verified. */
export interface VerificationCandidate {
  readonly identity: string;
  readonly path: string;
  readonly name: string;
  readonly date: string | null;
  readonly sizeBytes: number;
  /** When the file was last written. */
  readonly modified: string;
  readonly lastVerification: LastVerification | null;
}

export interface VerificationsOfToday {
  readonly bytes: number;
  readonly minutes: number;
  /** Of the verifications of late; null where there were none. */
  readonly bytesPerMinute: number | null;
}

/**
 * Everything that is due, the most urgent first: what was never verified, what changed since, what was not good, what was
 * verified longest ago; within each the one that has waited longest. `today` says how much of that the day's budget
 * covers: a backup that does not fit waits for another day and smaller ones after it may go before; one that is larger than
 * the whole budget gets a day of its own, as soon as it is the most urgent.
 */
export function planVerifications(
  candidates: readonly VerificationCandidate[],
  policy: VerificationPolicy,
  now: Date,
  timeZone: string,
  usedToday: VerificationsOfToday,
): VerificationPlan {
  const budget = new DayBudget(policy, usedToday);
  const due = candidates
    .flatMap((candidate) => {
      const reason = reasonFor(candidate, policy, now);
      return reason === null ? [] : [{ candidate, reason }];
    })
    .sort(
      (a, b) =>
        ORDER[a.reason] - ORDER[b.reason] ||
        waitingSince(a.candidate) - waitingSince(b.candidate) ||
        (a.candidate.path < b.candidate.path ? -1 : 1),
    )
    .map(({ candidate, reason }): DueVerification => {
      const { identity, path, name, date, sizeBytes, lastVerification } = candidate;
      const lastVerifiedAt = lastVerification?.at ?? null;
      const today = budget.take(sizeBytes);
      return { identity, path, name, date, sizeBytes, reason, lastVerifiedAt, today };
    });
  return {
    policy,
    due,
    usedTodayBytes: usedToday.bytes,
    usedTodayMinutes: usedToday.minutes,
    quietUntil: quietUntil(policy.quietHours, now, timeZone)?.toISOString() ?? null,
  };
}

/** Why a backup is due; null where it is not. */
export function reasonFor(
  { lastVerification, modified }: Pick<VerificationCandidate, 'lastVerification' | 'modified'>,
  policy: Pick<VerificationPolicy, 'level' | 'staleAfterDays'>,
  now: Date,
): VerificationReason | null {
  if (lastVerification === null) return 'never-verified';
  const ageMs = now.getTime() - Date.parse(lastVerification.at); // below 0 once the clock was set back: of just now
  const isGood = lastVerification.status === 'good';
  // A quick look says nothing about the content, where that is what was asked for.
  if (isGood && DEPTH[lastVerification.level] < DEPTH[policy.level]) return 'never-verified';
  if (Date.parse(modified) > Date.parse(lastVerification.at) && Date.parse(modified) <= now.getTime())
    return 'changed';
  if (!isGood) return ageMs >= FAILED_AGAIN_MS ? 'failed-before' : null;
  return ageMs >= policy.staleAfterDays * DAY_MS ? 'stale' : null;
}

/** The moment before which a good verification does not count any more. */
export function staleBefore({ staleAfterDays }: Pick<VerificationPolicy, 'staleAfterDays'>, now: Date): Date {
  return new Date(now.getTime() - staleAfterDays * DAY_MS);
}

/** When the quiet hours that it is in now end; null outside of them. From and to alike are no quiet hours. */
export function quietUntil(
  quietHours: VerificationPolicy['quietHours'],
  now: Date,
  timeZone: string,
): Date | null {
  if (quietHours === null || quietHours.from === quietHours.to) return null;
  const { from, to } = quietHours;
  const hourOf = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' });
  const isQuiet = (time: number): boolean => {
    const hour = Number(hourOf.format(time));
    return from < to ? hour >= from && hour < to : hour >= from || hour < to;
  };
  let time = now.getTime();
  if (!isQuiet(time)) return null;
  // No hours of a day are quiet for longer than two days, clock changes included.
  for (const end = time + 2 * DAY_MS; isQuiet(time) && time < end; time = nextQuarter(time));
  return new Date(time);
}

/** When the day of `now` began by the person's clock. */
export function startOfDay(now: Date, timeZone: string): Date {
  const dateOf = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'short' });
  const today = dateOf.format(now);
  let time = Math.floor(now.getTime() / QUARTER_MS) * QUARTER_MS;
  while (dateOf.format(time - QUARTER_MS) === today) time -= QUARTER_MS;
  return new Date(time);
}

class DayBudget {
  readonly #readsContent: boolean;
  readonly #bytesPerMinute: number | null;
  #bytesLeft: number;
  #minutesLeft: number;
  #isUntouched: boolean;

  constructor({ level, bytesPerDay, minutesPerDay }: VerificationPolicy, used: VerificationsOfToday) {
    this.#readsContent = level !== 'quick';
    this.#bytesPerMinute = used.bytesPerMinute;
    this.#bytesLeft = (bytesPerDay ?? Infinity) - used.bytes;
    this.#minutesLeft = (minutesPerDay ?? Infinity) - used.minutes;
    this.#isUntouched = used.bytes === 0 && used.minutes === 0;
  }

  take(sizeBytes: number): boolean {
    const bytes = this.#readsContent ? sizeBytes : 0;
    const minutes = this.#bytesPerMinute === null ? 0 : bytes / this.#bytesPerMinute;
    const isLeft = this.#bytesLeft > 0 && this.#minutesLeft > 0;
    const fits = isLeft && bytes <= this.#bytesLeft && minutes <= this.#minutesLeft;
    if (!fits && !(isLeft && this.#isUntouched)) return false;
    this.#bytesLeft -= bytes;
    this.#minutesLeft -= minutes;
    this.#isUntouched = false;
    return true;
  }
}

function waitingSince({ lastVerification, modified }: VerificationCandidate): number {
  return Date.parse(lastVerification?.at ?? modified);
}

function nextQuarter(time: number): number {
  return (Math.floor(time / QUARTER_MS) + 1) * QUARTER_MS;
}

const ORDER: Readonly<Record<VerificationReason, number>> = {
  'never-verified': 0,
  changed: 1,
  'failed-before': 2,
  stale: 3,
};

const DEPTH: Readonly<Record<LastVerification['level'], number>> = { quick: 0, full: 1, deep: 2 };
