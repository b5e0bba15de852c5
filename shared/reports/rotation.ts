// A rotation of keys in words: what it would do, and how far it has got.

import type { RotationCopy, RotationKey, RotationPlan, RotationState, RotationStatus } from '../rotation.ts';
import { planLines } from './batch-plan.ts';
import type { Formats } from './formats.ts';
import { paragraphs } from './paragraphs.ts';
import { printable } from './printable.ts';

const STATES: Readonly<Record<RotationState, string>> = {
  running: 'running',
  paused: 'paused',
  interrupted: 'interrupted',
  open: 'not finished',
  done: 'finished',
  ended: 'set aside by you',
};

/** Whether any backup that was chosen is under an old key, be it one that cannot be rewritten or reached now. */
export function hasWork({ batch, away }: RotationPlan): boolean {
  return batch.items.length + away.length > 0;
}

/** The whole plan; of each kind at most `shownItems` are named. */
export function rotationPlanLines(plan: RotationPlan, formats: Formats, shownItems?: number): string[] {
  const { oldKeys, newKey, batch, away, retires, unsaved, advice } = plan;
  if (!hasWork(plan))
    return [`Nothing to do: none of the backups that you chose is under ${names(oldKeys)}.`];
  const retired = oldKeys.filter(({ id }) => retires.includes(id));
  return paragraphs([
    [`From ${names(oldKeys)} to ${nameOf(newKey)}.`],
    planLines(batch, formats, shownItems, 'rotate plan'),
    away.length === 0
      ? []
      : [
          `${formats.countOf(away.length, 'file', 'files')} cannot be reached now and ${away.length === 1 ? 'stays' : 'stay'} as ${away.length === 1 ? 'it is' : 'they are'} until you go on with the rotation:`,
          ...copyLines(away, shownItems),
        ],
    retired.length === 0
      ? []
      : [
          `At the end ${names(retired)} ${retired.length === 1 ? 'is' : 'are'} retired: nothing new is encrypted with ${retired.length === 1 ? 'it' : 'them'}, and what still needs ${retired.length === 1 ? 'it' : 'them'} can be opened.`,
        ],
    unsaved === null
      ? []
      : [`Not yet: ${printable(unsaved.message)} ${printable(unsaved.hint ?? '')}`.trim()],
    adviceLines(advice),
  ]);
}

/** How far it is. `hasRun`: it has just run, and what has to be done besides is said. */
export function rotationLines(status: RotationStatus, formats: Formats, hasRun: boolean): string[] {
  const { id, createdAt, oldKeys, newKey, doneCount, left, apart, advice, jobId } = status;
  const of = (why: RotationCopy['why']): RotationCopy[] => left.filter((copy) => copy.why === why);
  const open = left.length - of('kept').length;
  return paragraphs([
    [
      `Rotation ${id} of ${formats.date(createdAt)}, from ${names(oldKeys)} to ${nameOf(newKey)}: ${STATES[status.state]}.`,
      `${formats.countOf(doneCount, 'file has', 'files have')} the new key, ${open === 0 ? 'none' : formats.count(open)} ${open > 1 ? 'are' : 'is'} left under an old one.`,
    ],
    ...(['failed', 'away', 'waiting', 'kept'] as const).map((why) => {
      const copies = of(why);
      return copies.length === 0 ? [] : [HEADS[why], ...copyLines(copies, 20)];
    }),
    apart.length === 0
      ? []
      : [
          'The copies of these were alike and are two backups now, each of them whole:',
          ...apart.map((name) => `  ${printable(name)}`),
        ],
    oldKeys.flatMap(keyLine),
    hasRun ? adviceLines(advice) : [],
    nextStep(status.state, id, jobId, of('away').length > 0),
  ]);
}

/** One line for each. */
export function rotationList(rotations: readonly RotationStatus[], formats: Formats): string[] {
  if (rotations.length === 0) return ['There has been no rotation yet.'];
  return rotations.map(({ id, createdAt, oldKeys, newKey, state, doneCount, left }) => {
    const open = left.filter(({ why }) => why !== 'kept').length;
    return `Rotation ${id} of ${formats.date(createdAt)}, from ${names(oldKeys)} to ${nameOf(newKey)}: ${STATES[state]}, ${formats.count(doneCount)} done, ${formats.count(open)} left`;
  });
}

const HEADS: Readonly<Record<RotationCopy['why'], string>> = {
  failed: 'These failed; each is where it was, under its old key:',
  away: 'These cannot be reached now:',
  waiting: 'These have not had their turn:',
  kept: 'These were set aside, as originals or by a scheme, and are still under an old key:',
};

function keyLine({ label, state }: RotationKey): string[] {
  if (state === null) return [];
  const words = {
    active: 'is still in use',
    retired: 'is retired: it opens what is left and nothing new gets it',
    compromised: 'stays marked as compromised',
  }[state];
  return [`The key “${printable(label)}” ${words}.`];
}

function nextStep(state: RotationState, id: number, jobId: number | null, hasAway: boolean): string[] {
  if (state === 'running' && jobId !== null) return [`It is job ${jobId}: strongroom jobs show ${jobId}`];
  if (state === 'done' || state === 'ended') return [];
  const first = hasAway ? 'Connect what is away, scan it (strongroom library scan), then go on' : 'Go on';
  return [`${first}: strongroom rotate resume ${id}. Set it aside: strongroom rotate end ${id}`];
}

function copyLines(copies: readonly RotationCopy[], most = Number.POSITIVE_INFINITY): string[] {
  const more = copies.length - most;
  return [
    ...copies
      .slice(0, most)
      .map(
        ({ path, error }) => `  ${printable(path)}${error === null ? '' : `: ${printable(error.message)}`}`,
      ),
    ...(more > 0 ? [`  and ${more} more (--json lists them all)`] : []),
  ];
}

function adviceLines(advice: readonly string[]): string[] {
  return advice.length === 0
    ? []
    : ['Besides:', ...advice.map((line, index) => `  ${index + 1}. ${printable(line)}`)];
}

function names(keys: readonly RotationKey[]): string {
  return keys.map(nameOf).join(', ');
}

function nameOf({ label, id }: RotationKey): string {
  return label === '' ? `the key ${id}` : `“${printable(label)}”`;
}
