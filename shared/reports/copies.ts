// What copying would do and what it did, backup by backup, in words.

import type { CopyPlan, CopyReport, PlaceKind, PlannedCopy } from '../places.ts';
import { adviceLines } from './advice-lines.ts';
import type { Formats } from './formats.ts';
import { paragraphs } from './paragraphs.ts';
import { printable } from './printable.ts';

export const PLACE_KIND_WORDS: Readonly<Record<PlaceKind, string>> = {
  'this-disk': 'this disk',
  'other-drive': 'another drive',
  network: 'another computer',
  cloud: 'a synced folder',
};

/** How copies are proven, in the plan. */
const PROVEN =
  'Each copy is read back and compared byte for byte, and read to its end where a key of your vault opens it, before it gets its name.';

/** The whole plan; of each kind at most `shownItems` are named. */
export function copyPlanLines(
  plan: CopyPlan,
  formats: Formats,
  shownItems = Number.POSITIVE_INFINITY,
): string[] {
  const { items, to, place, isInLibrary, freeBytes } = plan;
  if (items.length === 0) return ['No backup of your library fits what you chose.'];
  const todo = items.filter(({ state }) => state === 'do');
  const blocked = items.filter(isBlocked);
  const idle = items.filter(({ state }) => state === 'nothing-to-do').length;
  const parts = paragraphs([
    named(
      todo.map(
        ({ path, sizeBytes, message }) =>
          `  ${printable(path)} (${formats.size(sizeBytes)}): ${printable(message)}`,
      ),
      shownItems,
      formats,
    ),
    blockedLines('These cannot be copied:', blocked, shownItems, formats),
    idle === 0 ? [] : [`${formats.countOf(idle, 'backup is', 'backups are')} there already.`],
  ]);
  if (todo.length === 0) return parts;
  return [
    'This is the plan:',
    ...parts,
    '',
    copyPlanSummary(plan, formats),
    `Its place: ${placeInWords(place)}; ${formats.size(freeBytes)} are free there.`,
    ...(place.kind === 'this-disk' ? [SAME_DISK] : place.kind === 'cloud' ? [SYNCED] : []),
    ...(isInLibrary ? [] : [`${printable(to)} becomes a folder of your library, so that the copies count.`]),
    PROVEN,
  ];
}

/** "12 of 40 backups will be copied to /mnt/usb: 10 GB." */
export function copyPlanSummary({ items, to, bytes }: CopyPlan, formats: Formats): string {
  const count = items.filter(({ state }) => state === 'do').length;
  const all = formats.countOf(items.length, 'backup', 'backups');
  const of = count === items.length ? all : `${formats.count(count)} of ${all}`;
  return `${of} will be copied to ${printable(to)}: ${formats.size(bytes)}.`;
}

/** What became of it. `plan`: what it had left alone is told, too. */
export function copyLines(report: CopyReport, plan: CopyPlan | null, formats: Formats): string[] {
  const { items } = report;
  const failed = items.filter(({ outcome }) => outcome === 'failed');
  const blocked = (plan?.items ?? []).filter(isBlocked);
  return paragraphs([
    items.flatMap(({ path, outcome, message }) =>
      outcome === 'failed' || outcome === 'not-started' ? [] : [`${printable(path)}: ${printable(message)}`],
    ),
    failed.length === 0
      ? []
      : [
          'These failed; the originals are where they were:',
          ...failed.map(problemLine),
          ...adviceLines(failed, ABOUT),
        ],
    blockedLines('These could not be copied:', blocked, Number.POSITIVE_INFINITY, formats),
    [tally(report, blocked.length, formats)],
  ]);
}

/** "another drive, “Backups”". */
export function placeInWords({ kind, label }: Pick<CopyPlan['place'], 'kind' | 'label'>): string {
  return kind === 'this-disk' ? PLACE_KIND_WORDS[kind] : `${PLACE_KIND_WORDS[kind]}, “${printable(label)}”`;
}

function tally(report: CopyReport, blockedCount: number, formats: Formats): string {
  const { items, copiedBytes, durationMs } = report;
  const count = (outcome: CopyReport['items'][number]['outcome'], words: string): string[] => {
    const number = items.filter((item) => item.outcome === outcome).length;
    return number === 0 ? [] : [`${formats.count(number)} ${words}`];
  };
  const parts = [
    ...count('verified', 'copied and verified'),
    ...count('compared', 'copied and compared'),
    ...count('nothing-to-do', 'there already'),
    ...count('failed', 'failed'),
    ...(blockedCount === 0 ? [] : [`${formats.count(blockedCount)} not copied`]),
    ...count('not-started', 'not started'),
  ];
  const all = formats.countOf(items.length + blockedCount, 'backup', 'backups');
  return `${all}: ${parts.join(', ')}. ${formats.size(copiedBytes)} copied in ${formats.duration(durationMs)}.`;
}

function blockedLines(
  title: string,
  blocked: readonly PlannedCopy[],
  most: number,
  formats: Formats,
): string[] {
  if (blocked.length === 0) return [];
  return [title, ...named(blocked.map(problemLine), most, formats), ...adviceLines(blocked, ABOUT)];
}

function isBlocked({ state }: PlannedCopy): boolean {
  return state === 'blocked' || state === 'no-room';
}

function problemLine({ path, message, error }: Pick<PlannedCopy, 'path' | 'message' | 'error'>): string {
  return `  ${printable(path)}: ${printable(error?.message ?? message)}`;
}

function named(lines: readonly string[], most: number, formats: Formats): string[] {
  const more = lines.length - most;
  return [...lines.slice(0, most), ...(more > 0 ? [`  and ${formats.count(more)} more`] : [])];
}

const ABOUT = 'library copy';
const SAME_DISK = 'That is the disk your own files are on: if it dies, these copies die with it.';
const SYNCED =
  'What is deleted on one side of a sync is deleted on the other: it is a second place, and no archive.';
