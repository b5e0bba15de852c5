// The library in words: its folders, its backups, and what is found inside them.

import type {
  BackupFormat,
  FoundContent,
  LastVerification,
  LibraryBackup,
  LibraryFolder,
  WatchRule,
} from '../../shared/library.ts';
import type { Formats } from '../../shared/reports/formats.ts';
import { printable } from '../../shared/reports/printable.ts';
import { formatTable } from '../../shared/reports/table.ts';
import { formatName } from '../../shared/reports/words.ts';

export const NO_FOLDER = 'There is no folder in your library yet. Take one in: strongroom library add FOLDER';

const FOLDER_STATES: Readonly<Record<LibraryFolder['state'], string>> = {
  'never-scanned': 'not looked into yet',
  ready: 'there',
  unreachable: 'not there now',
};

export function folderTable(folders: readonly LibraryFolder[], formats: Formats): string[] {
  if (folders.length === 0) return [NO_FOLDER];
  const rows = folders.map((folder) => [
    printable(folder.path),
    FOLDER_STATES[folder.state],
    formats.count(folder.copyCount),
    formats.size(folder.totalBytes),
    folder.scannedAt === null ? 'never' : formats.date(folder.scannedAt),
    folder.watch === null ? 'no' : shortRule(folder.watch),
  ]);
  const problems = folders.flatMap(({ path, problem }) =>
    problem === null ? [] : [`${printable(path)}: ${printable(problem.message)}`],
  );
  return [
    ...formatTable(
      [
        { title: 'Folder' },
        { title: 'State' },
        { title: 'Files', align: 'right' },
        { title: 'Size', align: 'right' },
        { title: 'Last scan' },
        { title: 'Watched' },
      ],
      rows,
    ),
    ...(problems.length === 0 ? [] : ['', ...problems]),
  ];
}

/** "is in your library: 42 backup files, 12 GB." */
export function folderLine({ state, copyCount, totalBytes }: LibraryFolder, formats: Formats): string {
  switch (state) {
    case 'never-scanned':
      return 'is in your library. See what lies there: strongroom library scan';
    case 'ready':
      return `is in your library: ${formats.countOf(copyCount, 'backup file', 'backup files')}, ${formats.size(totalBytes)}.`;
    case 'unreachable':
      return 'is in your library, but not there now.';
  }
}

/** "New backups are taken in, verified in full, and brought to v3 with the originals kept beside." */
export function ruleInWords({ verify, migrate, scheme }: WatchRule): string {
  const verified = {
    none: null,
    quick: 'verified quickly',
    full: 'verified in full',
    deep: 'verified deeply',
  };
  const originals = { keep: 'kept beside', quarantine: 'in quarantine', trash: 'in the trash' };
  const steps = [
    'taken in',
    verified[verify],
    migrate === null ? null : `brought to v3 with the originals ${originals[migrate.originals]}`,
  ].filter((step) => step !== null);
  const places = { quarantine: `quarantine for ${scheme?.undoDays} days`, trash: 'the trash' };
  const goes =
    scheme === null
      ? ''
      : ` Then what the scheme ${printable(scheme.policy)} does not keep goes to ${places[scheme.to]}; the first time, and where over a third would go, it waits for you.`;
  return `New backups are ${new Intl.ListFormat('en').format(steps)}.${goes}`;
}

function shortRule({ verify, migrate, scheme }: WatchRule): string {
  const parts = [
    ...(verify === 'none' ? [] : [`verify ${verify}`]),
    ...(migrate === null ? [] : ['migrate']),
    ...(scheme === null ? [] : [`scheme ${printable(scheme.policy)}`]),
  ];
  return parts.length === 0 ? 'take in' : parts.join(', ');
}

export function backupTable(
  backups: readonly LibraryBackup[],
  labels: ReadonlyMap<string, string>,
  formats: Formats,
): string[] {
  if (backups.length === 0) return ['No backup of your library fits this.'];
  return formatTable(
    [
      { title: 'Made' },
      { title: 'Name' },
      { title: 'Format' },
      { title: 'Size', align: 'right' },
      { title: 'Key' },
      { title: 'Verified' },
      { title: 'File' },
    ],
    backups.map((backup) => [
      backup.date === null ? '' : formats.day(backup.date),
      printable(backup.name),
      formatInWords(backup.format),
      formats.size(backup.sizeBytes),
      printable(keyInWords(backup, labels)),
      verifiedInWords(backup.lastVerification, formats),
      printable(whereabouts(backup, formats)),
    ]),
  );
}

function formatInWords(format: BackupFormat): string {
  if (format === 'mixed') return 'mixed';
  return format === 'none' ? 'no parts' : formatName(format);
}

function keyInWords({ keyState, keyIds }: LibraryBackup, labels: ReadonlyMap<string, string>): string {
  const names = keyIds.flatMap((id) => labels.get(id) ?? []).join(', ');
  switch (keyState) {
    case 'plain':
      return 'none needed';
    case 'locked':
      return 'none of yours';
    case 'untried':
      return 'not tried yet';
    case 'opens':
      return names === '' ? 'known' : names;
    case 'opens-part':
      return names === '' ? 'known in part' : `${names} (in part)`;
  }
}

const RESULTS: Readonly<Record<LastVerification['status'], string>> = {
  good: 'good',
  locked: 'no key fits',
  damaged: 'damaged',
  truncated: 'cut off',
  unsupported: 'unknown format',
};

function verifiedInWords(last: LastVerification | null, formats: Formats): string {
  return last === null ? 'never' : `${RESULTS[last.status]}, ${last.level}, ${formats.day(last.at)}`;
}

/** The first file that is there, and how many more. */
function whereabouts({ copies }: LibraryBackup, formats: Formats): string {
  const first = copies.find(({ state }) => state === 'present') ?? copies[0];
  if (first === undefined) return 'no file any more';
  const gone = { present: '', missing: ' (gone)', unreachable: ' (not there now)' }[first.state];
  const more = copies.length > 1 ? ` and ${formats.count(copies.length - 1)} more` : '';
  return `${first.path}${gone}${more}`;
}

export function foundTable(found: readonly FoundContent[], text: string, formats: Formats): string[] {
  if (found.length === 0) {
    return [
      `No file that is called like “${printable(text)}” is known in your backups.`,
      'The names inside a backup are known once it was verified in full: strongroom library verify --all --full',
    ];
  }
  return formatTable(
    [
      { title: 'File' },
      { title: 'Size', align: 'right' },
      { title: 'Part' },
      { title: 'Backup' },
      { title: 'In' },
    ],
    found.map(({ entry, sizeBytes, member, name, path }) => [
      printable(entry),
      formats.size(sizeBytes),
      printable(member),
      printable(name),
      printable(path),
    ]),
  );
}
