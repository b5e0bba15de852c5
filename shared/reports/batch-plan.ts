// What a batch would do to the library and what it did: backup by backup, with the room it needs and where the
// originals go.

import type { OriginalsPolicy } from '../backup.ts';
import type {
  BatchOperation,
  BatchPlan,
  BatchReport,
  BatchRequest,
  PlannedItem,
  PlannedVolume,
} from '../library.ts';
import type { Formats } from './formats.ts';
import { paragraphs } from './paragraphs.ts';
import { printable } from './printable.ts';
import { adviceLines } from './advice-lines.ts';
import { restoreLine } from './words.ts';

const DONE: Readonly<Record<BatchOperation, string>> = {
  migrate: 'migrated',
  encrypt: 'encrypted',
  rekey: 'encrypted with the new key',
};

const NO_BACKUP = 'No backup of your library fits what you chose.';

/** The whole plan; of each kind at most `shownItems` are named. `namesAll`: the command that names them all. */
export function planLines(
  plan: BatchPlan,
  formats: Formats,
  shownItems = Number.POSITIVE_INFINITY,
  namesAll = `library plan ${plan.request.operation}`,
): string[] {
  const { items, request } = plan;
  if (items.length === 0) return [NO_BACKUP];
  const todo = items.filter(({ state }) => state === 'do');
  const blocked = items.filter(({ state }) => state === 'blocked' || state === 'no-room');
  const idle = items.filter(({ state }) => state === 'nothing-to-do');
  const about = `library ${request.operation}`;
  const parts = paragraphs([
    named(
      todo.map(
        (item) => `  ${printable(item.path)} (${formats.size(item.inputBytes)}): ${printable(item.message)}`,
      ),
      shownItems,
      namesAll,
    ),
    blocked.length === 0
      ? []
      : [
          'These cannot be done and are left alone:',
          ...named(blocked.map(problemLine), shownItems, namesAll),
          ...adviceLines(blocked, about),
        ],
    idle.length === 0
      ? []
      : [`With ${formats.countOf(idle.length, 'backup', 'backups')} there is nothing to do.`],
  ]);
  if (todo.length === 0) return parts;
  return [
    'This is the plan:',
    ...parts,
    '',
    planSummary(plan, formats),
    whereOriginalsGo(request, formats),
    ...plan.volumes.map((volume) => roomLine(volume, formats)),
    ...restoreLines(todo),
  ];
}

/** "12 of 40 backups will be migrated, 10 GB in about 6 min." */
export function planSummary(
  { items, request, inputBytes, estimatedSeconds }: BatchPlan,
  formats: Formats,
): string {
  const count = items.filter(({ state }) => state === 'do').length;
  const all = formats.countOf(items.length, 'backup', 'backups');
  const of = count === items.length ? all : `${formats.count(count)} of ${all}`;
  const time =
    estimatedSeconds === null ? '' : ` in about ${formats.duration(Math.ceil(estimatedSeconds) * 1000)}`;
  return `${of} will be ${DONE[request.operation]}: ${formats.size(inputBytes)}${time}.`;
}

function named(lines: readonly string[], most: number, namesAll: string): string[] {
  const more = lines.length - most;
  return [
    ...lines.slice(0, most),
    ...(more > 0 ? [`  and ${more} more (all of them: strongroom ${namesAll} …)`] : []),
  ];
}

function problemLine({ path, message, error }: Pick<PlannedItem, 'path' | 'message' | 'error'>): string {
  return `  ${printable(path)}: ${printable(error?.message ?? message)}`;
}

function whereOriginalsGo({ originals, quarantineDays }: BatchRequest, formats: Formats): string {
  const after = 'Each new file is read back and compared before it takes the place of its original.';
  const days = formats.countOf(quarantineDays, 'day', 'days');
  const places: Readonly<Record<OriginalsPolicy, string>> = {
    keep: 'The originals stay beside them, with .orig behind the name.',
    quarantine: `The originals go to a quarantine folder for ${days}.`,
    trash: 'The originals go to the trash.',
  };
  return `${after} ${places[originals]}`;
}

function roomLine({ folder, freeBytes, neededBytes, growthBytes }: PlannedVolume, formats: Formats): string {
  const after =
    growthBytes >= 0
      ? `${formats.size(growthBytes)} more are used afterwards`
      : `${formats.size(-growthBytes)} less are used afterwards`;
  return `Room at ${printable(folder)}: ${formats.size(neededBytes)} needed, ${formats.size(freeBytes)} free; ${after}.`;
}

function restoreLines(items: readonly PlannedItem[]): string[] {
  const lines = items.map(({ restoreNeeds }) => (restoreNeeds === null ? null : restoreLine(restoreNeeds)));
  return [...new Set(lines.filter((line) => line !== null))];
}

/** What became of it. `plan`: what the plan had left alone is told, too. */
export function batchLines(report: BatchReport, plan: BatchPlan | null, formats: Formats): string[] {
  const { request, items } = report;
  const told = new Set(items.map(({ path }) => path));
  const blocked = (plan?.items ?? []).filter(
    ({ path, state }) => (state === 'blocked' || state === 'no-room') && !told.has(path),
  );
  const failed = items.filter(({ outcome }) => outcome === 'failed');
  return paragraphs([
    items.flatMap(({ path, outcome, message }) =>
      outcome === 'done' ? [`${printable(path)}: ${printable(message)}`] : [],
    ),
    failed.length === 0 ? [] : ['These failed; each original is where it was:', ...failed.map(problemLine)],
    blocked.length === 0 ? [] : ['These could not be done and were left alone:', ...blocked.map(problemLine)],
    adviceLines([...failed, ...blocked], `library ${request.operation}`),
    [tally(report, blocked.length, formats), ...originalsLines(report)],
  ]);
}

function tally(report: BatchReport, blockedCount: number, formats: Formats): string {
  const { items, request, inputBytes, outputBytes, durationMs } = report;
  const count = (outcome: BatchReport['items'][number]['outcome'], words: string): string[] => {
    const number = items.filter((item) => item.outcome === outcome).length;
    return number === 0 ? [] : [`${formats.count(number)} ${words}`];
  };
  const parts = [
    ...count('done', DONE[request.operation]),
    ...count('nothing-to-do', 'with nothing to do'),
    ...count('failed', 'failed'),
    ...(blockedCount === 0 ? [] : [`${formats.count(blockedCount)} left alone`]),
    ...count('not-started', 'not started'),
  ];
  const all = formats.countOf(items.length + blockedCount, 'backup', 'backups');
  const work = `${formats.size(inputBytes)} became ${formats.size(outputBytes)} in ${formats.duration(durationMs)}`;
  return `${all}: ${parts.join(', ')}. ${work}.`;
}

function originalsLines({ request, items }: BatchReport): string[] {
  if (!items.some(({ outcome }) => outcome === 'done')) return [];
  switch (request.originals) {
    case 'keep':
      return ['The originals are kept beside them, with .orig behind the name.'];
    case 'quarantine':
      return ['The originals are in quarantine; --json says where each one is.'];
    case 'trash':
      return ['The originals are in the trash.'];
  }
}
