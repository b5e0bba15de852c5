// What verifications of the library found, what is due, and the policy behind it.

import type { VerificationPlan, VerificationPolicy, VerificationReport } from '../library.ts';
import type { Formats } from './formats.ts';
import { printable } from './printable.ts';
import { adviceLines } from './advice-lines.ts';

type Status = VerificationReport['results'][number]['status'];

const WORDS: Readonly<Record<Status, string>> = {
  good: 'good',
  locked: 'without a fitting key',
  damaged: 'damaged',
  truncated: 'cut off',
  unsupported: 'of an unknown format',
  unreadable: 'not readable',
  'not-started': 'not verified',
};

/** Every file that is not good, then what can be done, then the sum. */
export function verificationLines(
  { results, bytes, durationMs }: VerificationReport,
  formats: Formats,
): string[] {
  if (results.length === 0) return ['No backup of your library fits what you chose.'];
  const bad = results.filter(({ status }) => status !== 'good' && status !== 'not-started');
  const advice = adviceLines(bad, 'library verify');
  return [
    ...bad.flatMap(({ path, status, message, error }) => [
      printable(path),
      `  ${WORDS[status]}: ${printable(error?.message ?? message)}`,
    ]),
    ...(advice.length === 0 ? [] : ['', ...advice]),
    ...(bad.length === 0 ? [] : ['']),
    tally(results, bytes, durationMs, formats),
  ];
}

function tally(
  results: VerificationReport['results'],
  bytes: number,
  durationMs: number,
  formats: Formats,
): string {
  const counts = (Object.keys(WORDS) as Status[]).flatMap((status) => {
    const count = results.filter((result) => result.status === status).length;
    return count === 0 ? [] : [`${formats.count(count)} ${WORDS[status]}`];
  });
  const work = `${formats.size(bytes)} read in ${formats.duration(durationMs)}`;
  return `${formats.countOf(results.length, 'backup', 'backups')}: ${counts.join(', ')}. ${work}.`;
}

/** Why nothing is verified now although somebody asked. */
export function nothingDueLines(plan: VerificationPlan, formats: Formats): string[] {
  const { due, quietUntil } = plan;
  if (due.length === 0) {
    const days = formats.countOf(plan.policy.staleAfterDays, 'day', 'days');
    return [`Nothing is due: every backup was verified in the last ${days}.`];
  }
  const waiting = `${formats.countOf(due.length, 'backup is', 'backups are')} due`;
  if (quietUntil !== null)
    return [
      `${waiting}, but these are the quiet hours: nothing is begun before ${formats.date(quietUntil)}.`,
    ];
  const used = `${formats.size(plan.usedTodayBytes)} and ${formats.countOf(Math.round(plan.usedTodayMinutes), 'minute', 'minutes')}`;
  return [
    `${waiting}, but what is left of today's budget is not enough for the next one (used: ${used}).`,
    'Verify it all the same: strongroom library verify --not-verified. More a day: strongroom library policy',
  ];
}

export function policyLines(policy: VerificationPolicy, formats: Formats): string[] {
  const { level, staleAfterDays, bytesPerDay, minutesPerDay, quietHours } = policy;
  const limits = [
    ...(bytesPerDay === null ? [] : [formats.size(bytesPerDay)]),
    ...(minutesPerDay === null ? [] : [formats.countOf(minutesPerDay, 'minute', 'minutes')]),
  ];
  return [
    `Each backup is verified again after ${formats.countOf(staleAfterDays, 'day', 'days')}: ${LEVELS[level]}.`,
    limits.length === 0 ? 'There is no limit a day.' : `At most ${limits.join(' and ')} a day.`,
    quietHours === null
      ? 'There are no quiet hours.'
      : `Nothing is begun from ${hour(quietHours.from)} to ${hour(quietHours.to)}.`,
    'It is done by: strongroom library verify',
  ];
}

const LEVELS: Readonly<Record<VerificationPolicy['level'], string>> = {
  quick: 'its structure and its key',
  full: 'every byte of it',
  deep: 'every byte of it, and its databases and settings',
};

function hour(number: number): string {
  return `${String(number).padStart(2, '0')}:00`;
}
