// A scheme in words: what it would do to each folder and why, what it did, and what can be brought back.

import { formatPolicy, isEmptyPolicy, parsePolicy, PRESETS } from '../retention/index.ts';
import type {
  FolderScheme,
  RemovedFile,
  SchemeItem,
  SchemePlan,
  SchemeReport,
  SchemeRule,
  UndoReport,
} from '../scheme.ts';
import { adviceLines } from './advice-lines.ts';
import type { Formats } from './formats.ts';
import { paragraphs } from './paragraphs.ts';
import { printable } from './printable.ts';
import { reasonsInShort, reasonsInWords } from './scheme-reasons.ts';
import { formatTable, shorten } from './table.ts';

/** Instead of the hint about outputs in general. */
const IN_THE_WAY =
  'What stands in the way is left as it is: move it elsewhere, then bring the other one back.';

/** A row has room for its reasons, too. */
const NAME_CELLS = 32;

/** The whole plan. @param shownItems where it is given, only so many of those that go are named for each folder */
export function schemePlanLines(plan: SchemePlan, formats: Formats, shownItems?: number): string[] {
  const { folders, left, rule } = plan;
  return paragraphs([
    [ruleLine(rule, formats)],
    ...folders.map((folder) => folderLines(folder, formats, shownItems)),
    ...left.map(({ folder, problem }) => [
      `${printable(folder)} is left alone: ${printable([problem.message, problem.hint ?? ''].join(' ').trim())}`,
    ]),
    [schemeSummary(plan, formats)],
  ]);
}

/** "12 of 40 backups would go, in 2 folders: frees 12.3 GB." */
export function schemeSummary({ folders, left, rule }: SchemePlan, formats: Formats): string {
  if (folders.length + left.length === 0)
    return 'There is no folder in your library yet. Take one in: strongroom library add FOLDER';
  const losing = folders.filter(({ removedCount }) => removedCount > 0);
  if (losing.length === 0) return 'Nothing would go.';
  const removed = sum(losing.map(({ removedCount }) => removedCount));
  const all = sum(folders.map(({ items }) => items.length));
  const freed = formats.size(sum(losing.map(({ freedBytes }) => freedBytes)));
  const where = losing.length === 1 ? '' : `, in ${losing.length} folders`;
  return `${formats.count(removed)} of ${formats.countOf(all, 'backup', 'backups')} would go to ${placeOf(rule)}${where}: frees ${freed}${whenFree(rule, formats)}.`;
}

/** "Kept: few (last=3,monthly=6). The rest goes to quarantine beside it and can be brought back for 30 days." */
function ruleLine(rule: SchemeRule, formats: Formats): string {
  const { policy, undoDays, to } = rule;
  const rules = parsePolicy(policy);
  if (isEmptyPolicy(rules)) return 'The policy has no rule, so everything stays.';
  const days = formats.countOf(undoDays, 'day', 'days');
  const rest =
    to === 'trash'
      ? 'The rest goes to the system’s trash.'
      : `The rest goes to quarantine beside it and can be brought back for ${days}.`;
  return `Kept: ${printable(policy)}${Object.hasOwn(PRESETS, policy.trim()) ? ` (${formatPolicy(rules)})` : ''}. ${rest}`;
}

function folderLines(
  { folder, items, keptCount, removedCount, freedBytes }: FolderScheme,
  formats: Formats,
  shownItems?: number,
): string[] {
  if (items.length === 0) return [`${printable(folder)}: no backup is there.`];
  const days = items.flatMap(({ date }) => (date === null ? [] : [formats.day(date)]));
  const isOneADay = new Set(days).size === days.length;
  const made = (date: string): string => (isOneADay ? formats.day(date) : formats.date(date));
  const meant = shownItems === undefined ? items : items.filter(({ decision }) => !decision.keeps);
  const rows = meant
    .slice(0, shownItems)
    .map((item) => [
      item.decision.keeps ? 'stays' : 'goes',
      item.date === null ? '' : made(item.date),
      shorten(printable(item.name), NAME_CELLS),
      formats.size(item.sizeBytes),
      reasonsInShort(item.decision, items, formats),
    ]);
  const columns = [
    { title: '' },
    { title: 'Made' },
    { title: 'Name' },
    { title: 'Size', align: 'right' },
    { title: 'Why' },
  ] as const;
  const more = meant.length - rows.length;
  const counts =
    removedCount === 0
      ? `${formats.countOf(keptCount, 'backup stays', 'backups stay')}, none goes`
      : `of ${formats.countOf(items.length, 'backup', 'backups')} ${formats.countOf(keptCount, 'stays', 'stay')}, ${formats.countOf(removedCount, 'goes', 'go')}, ${formats.size(freedBytes)}`;
  return [
    `${printable(folder)}: ${counts}.`,
    ...(rows.length === 0 ? [] : formatTable(columns, rows)),
    ...(more > 0
      ? [`and ${formats.count(more)} more that go (“scheme plan” with the same options names each)`]
      : []),
  ];
}

/** Why one backup stays or goes in each folder that holds it. */
export function explanationLines(
  plan: SchemePlan,
  isMeant: (item: SchemeItem) => boolean,
  formats: Formats,
): string[] {
  return plan.folders.flatMap(({ folder, items }) =>
    items.filter(isMeant).flatMap((item) => {
      const does = item.decision.keeps ? 'stays in' : 'would go from';
      const made = item.date === null ? '' : `, made ${formats.date(item.date)},`;
      return [
        `${printable(item.name)}${made} ${does} ${printable(folder)}:`,
        ...reasonsInWords(item.decision, items, formats).map((reason) => `  ${reason}`),
      ];
    }),
  );
}

export function schemeLines(report: SchemeReport, formats: Formats): string[] {
  const { folder, items, rule, freedBytes, undoUntil } = report;
  const of = (wanted: SchemeReport['items'][number]['outcome']): SchemeReport['items'] =>
    items.filter(({ outcome }) => outcome === wanted);
  const name = ({ path }: SchemeReport['items'][number]): string => `  ${printable(path)}`;
  const line = (item: SchemeReport['items'][number]): string =>
    `${name(item)}: ${printable(item.error?.message ?? item.message)}`;
  const [removed, stayed, failed, notStarted] = [
    of('removed'),
    of('stayed'),
    of('failed'),
    of('not-started'),
  ];
  const undo =
    undoUntil === null
      ? []
      : [`Until ${formats.date(undoUntil)} they can be brought back: strongroom scheme undo`];
  const space = removed.length === 0 ? '' : `: ${formats.size(freedBytes)}${whenFree(rule, formats)}`;
  return paragraphs([
    removed.length === 0
      ? []
      : [`From ${printable(folder)} these went to ${placeOf(rule)}:`, ...removed.map(name)],
    stayed.length === 0 ? [] : ['These stay, though it was planned otherwise:', ...stayed.map(line)],
    failed.length === 0 ? [] : ['These could not be moved and are where they were:', ...failed.map(line)],
    [
      `${printable(folder)}: ${formats.countOf(removed.length, 'file', 'files')} removed${space}.${
        notStarted.length === 0 ? '' : ` ${formats.countOf(notStarted.length, 'file', 'files')} not begun.`
      }`,
      ...(removed.length === 0 ? [] : undo),
    ],
  ]);
}

export function removedLines(files: readonly RemovedFile[], formats: Formats): string[] {
  if (files.length === 0) return ['Nothing that a scheme removed is in quarantine.'];
  return formatTable(
    [{ title: 'Removed' }, { title: 'Size', align: 'right' }, { title: 'Deleted after' }, { title: 'File' }],
    files.map(({ path, removedAt, sizeBytes, deletedAfter }) => [
      formats.date(removedAt),
      formats.size(sizeBytes),
      formats.date(deletedAfter),
      printable(path),
    ]),
  );
}

export function undoLines({ restored, problems }: UndoReport, formats: Formats): string[] {
  return paragraphs([
    restored.map((path) => `${printable(path)} is back.`),
    problems.length === 0
      ? []
      : [
          'These have a problem:',
          ...problems.map(({ path, error }) => `  ${printable(path)}: ${printable(error.message)}`),
          ...(problems.some(({ error }) => error.code === 'OUTPUT_REFUSED') ? [IN_THE_WAY] : []),
          ...adviceLines(
            problems.filter(({ error }) => error.code !== 'OUTPUT_REFUSED'),
            'scheme undo',
          ),
        ],
    [`${formats.countOf(restored.length, 'file', 'files')} brought back.`],
  ]);
}

/** Quarantine is on the same drive: its room is free once it is emptied. */
function whenFree({ to, undoDays }: SchemeRule, formats: Formats): string {
  return to === 'trash'
    ? ', once the trash is emptied'
    : `, once ${formats.countOf(undoDays, 'day', 'days')} in quarantine are over`;
}

function placeOf({ to }: SchemeRule): string {
  return to === 'trash' ? 'the trash' : 'quarantine';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
