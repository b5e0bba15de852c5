// Where the backups are, in words: place by place, then those that are short of the goal.

import type { LibraryBackup } from '../../shared/library.ts';
import type { BackupPlaces, PlaceFinding, PlacesOverview } from '../../shared/places.ts';
import { PLACE_KIND_WORDS } from '../../shared/reports/copies.ts';
import type { Formats } from '../../shared/reports/formats.ts';
import { printable } from '../../shared/reports/printable.ts';
import { formatTable } from '../../shared/reports/table.ts';

/** So many backups are named; --json has all of them. */
const NAMED_BACKUPS = 20;

const FINDINGS: Readonly<Record<PlaceFinding, string>> = {
  'one-place': 'in one place only',
  'this-disk-only': 'only on this disk',
  'cloud-only': 'only in synced folders',
};

/** @param short the backups that miss the goal */
export function placesLines(
  overview: PlacesOverview,
  short: readonly LibraryBackup[],
  formats: Formats,
): string[] {
  const { places, folders, backups, goodCount, counts } = overview;
  if (places.length === 0)
    return ['There is no folder in your library yet. Take one in: strongroom library add FOLDER'];
  const findings = (Object.keys(FINDINGS) as PlaceFinding[]).flatMap((finding) =>
    counts[finding] === 0 ? [] : [`${formats.count(counts[finding])} ${FINDINGS[finding]}`],
  );
  const all = formats.countOf(backups.length, 'backup', 'backups');
  return [
    ...formatTable(
      [{ title: 'Place' }, { title: 'Kind' }, { title: 'Backups', align: 'right' }, { title: 'State' }],
      places.map(({ id, kind, label, isReachable }) => [
        printable(label),
        PLACE_KIND_WORDS[kind],
        formats.count(backups.filter(({ placeIds }) => placeIds.includes(id)).length),
        isReachable ? 'there' : 'not connected',
      ]),
    ),
    '',
    ...folders.map(({ path, reason }) => `${printable(path)}: ${printable(reason)}`),
    '',
    `${formats.count(goodCount)} of ${all} in two places, one of them elsewhere.${findings.length === 0 ? '' : ` ${findings.join(', ')}.`}`,
    ...shortLines(short, backups, formats),
  ];
}

function shortLines(
  short: readonly LibraryBackup[],
  backups: readonly BackupPlaces[],
  formats: Formats,
): string[] {
  if (short.length === 0) return [];
  const findings = new Map(backups.map((backup) => [backup.identity, backup.findings]));
  const more = short.length - NAMED_BACKUPS;
  return [
    '',
    'Short of that:',
    ...short.slice(0, NAMED_BACKUPS).map(({ identity, name, date }) => {
      const words = (findings.get(identity) ?? []).map((finding) => FINDINGS[finding]).join(', ');
      const when = date === null ? '' : ` (${formats.date(date)})`;
      return `  ${printable(name)}${when}: ${words}`;
    }),
    ...(more > 0 ? [`  and ${formats.count(more)} more`] : []),
    '',
    'Copy them to a drive or share: strongroom library copy --places goal-missed --to FOLDER',
  ];
}
