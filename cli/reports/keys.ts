// What is said of keys: never the keys themselves.

import { describeCrackTime } from '../../shared/crack-time.ts';
import { LOOK_ALIKE_PAIRS } from '../../shared/key-format.ts';
import type {
  AddedKey,
  BackupKeys,
  CompromisedReport,
  DrillReport,
  KeyInfo,
  KeyOrigin,
  KeyPlace,
  KeyUse,
  ListedKey,
  MatchReport,
} from '../../shared/keys.ts';
import type { Formats } from '../../shared/reports/formats.ts';
import { printable } from '../../shared/reports/printable.ts';
import { formatTable, pad } from '../../shared/reports/table.ts';
import { listOfNames } from '../../shared/reports/words.ts';

const COLUMNS = [
  { title: 'Key' },
  { title: 'State' },
  { title: 'Fingerprint' },
  { title: 'Strength' },
  { title: 'Saved copy checked' },
  { title: 'Opens' },
] as const;

const MORE_FORMS = new Intl.ListFormat('en', { type: 'conjunction' });

export function keyTable(keys: readonly ListedKey[], formats: Formats): string[] {
  if (keys.length === 0) {
    return ['There is no key in your vault yet. Take in your emergency kits: strongroom keys import FOLDER'];
  }
  return formatTable(
    COLUMNS,
    keys.map((key) => [
      printable(key.label),
      key.state,
      key.fingerprint,
      key.strength.verdict,
      key.drilledAt === null ? 'never' : formats.date(key.drilledAt),
      useInWords(key.use, formats),
    ]),
  );
}

const ORIGINS: Readonly<Record<KeyOrigin, string>> = {
  'emergency-kit': 'from an emergency kit',
  typed: 'typed',
  generated: 'made by Strongroom',
  backup: 'found in a backup',
};

/** Everything about one key, a line each. */
export function keyCard(key: ListedKey, formats: Formats): string[] {
  const { sourceName, instance, url, kitDate, drilledAt, exportedAt } = key;
  const source = sourceName === null ? '' : ` (${printable(sourceName)})`;
  const when = (time: string | null): string => (time === null ? 'never' : formats.date(time));
  const rows: readonly (readonly [string, string | null])[] = [
    ['State', `${key.state} since ${formats.date(key.stateChangedAt)}`],
    ['Opens', useInWords(key.use, formats)],
    ['Home Assistant', instance],
    ['Address', url],
    ['Emergency kit of', kitDate],
    ['In the vault', `${ORIGINS[key.origin]}${source}, ${formats.date(key.addedAt)}`],
    ['Strength', `${key.strength.verdict}. ${strengthLine(key)}`],
    ['Saved copy checked', when(drilledAt)],
    ['Kit or page saved', when(exportedAt)],
    ['Fingerprint', key.fingerprint],
  ];
  const known = rows.flatMap(([title, value]) =>
    value === null ? [] : [`  ${pad(title, 18)}  ${printable(value)}`],
  );
  return [printable(key.label), ...known];
}

/** "31 backups, Jan 16, 2025 to Mar 2, 2026". */
function useInWords(use: KeyUse | null, formats: Formats): string {
  if (use === null) return 'not known at present';
  const { backupCount, earliest, latest } = use;
  if (backupCount === 0) return 'no known backup';
  const count = formats.countOf(backupCount, 'backup', 'backups');
  if (earliest === null || latest === null) return count;
  const [from, to] = [formats.day(earliest), formats.day(latest)];
  return from === to ? `${count}, ${from}` : `${count}, ${from} to ${to}`;
}

/** "“Home 2025” (3F9A-12C4) is in your vault now." */
export function addedLine({ key, isNew }: AddedKey): string {
  const name = `“${printable(key.label)}” (${key.fingerprint})`;
  return isNew ? `${name} is in your vault now.` : `${name} was in your vault already.`;
}

/** How long it keeps a stranger out who has a backup. */
export function strengthLine({ strength }: KeyInfo): string {
  const { legacyCrackSeconds, argon2idCrackSeconds, warning } = strength;
  const legacy = describeCrackTime(legacyCrackSeconds);
  const argon2id = describeCrackTime(argon2idCrackSeconds);
  const times =
    legacy === argon2id
      ? `Guessing it takes ${legacy}.`
      : `Guessing it takes ${legacy} with a backup in an old format, ${argon2id} with one in v3.`;
  return warning === null ? times : `${times} ${warning}`;
}

/** "group 3, character 2; group 5, character 1". */
export function placesInWords(places: readonly KeyPlace[]): string {
  return places.map(({ group, character }) => `group ${group}, character ${character}`).join('; ');
}

export function drillLines({ outcome, places }: DrillReport, label: string): string[] {
  const name = `“${printable(label)}”`;
  switch (outcome) {
    case 'right':
      return [`Your copy of ${name} is right.`];
    case 'right-but-written-differently':
      return [
        `Your copy of ${name} is right.`,
        'Home Assistant wants it with capitals and dashes when you restore; they belong to the key.',
      ];
    case 'look-alike':
      return [
        `Your copy of ${name} is wrong in ${placesInWords(places)}: characters that look alike (${LOOK_ALIKE_PAIRS}).`,
        'Correct it, or export the emergency kit again.',
      ];
    case 'wrong':
      return [
        places.length === 0
          ? `That is not ${name}.`
          : `That is not ${name}: it differs in ${groupsInWords(places)}.`,
        'It may be the copy of another key. Export the emergency kit again if this was meant to be it.',
      ];
  }
}

function groupsInWords(places: readonly KeyPlace[]): string {
  const groups = [...new Set(places.map(({ group }) => String(group)))];
  return `${groups.length === 1 ? 'group' : 'groups'} ${MORE_FORMS.format(groups)}`;
}

export function compromisedLines({ key, opens, advice }: CompromisedReport, formats: Formats): string[] {
  return [
    `“${printable(key.label)}” is marked as compromised. It stays in the vault, ${opens.length === 0 ? 'in case a backup needs it' : 'because your backups need it'}.`,
    '',
    opens.length === 0
      ? 'No known backup opens with it.'
      : `Whoever has it can read ${formats.countOf(opens.length, 'file', 'files')}:`,
    ...opens.map(({ path, date }) => `  ${date === null ? '' : `${formats.day(date)}  `}${printable(path)}`),
    '',
    'What to do:',
    ...advice.map((line, index) => `  ${index + 1}. ${line}`),
  ];
}

/** First each backup with its key, then each key with what it opens. */
export function matchLines(
  { backups, keys, argon2idCount, durationMs }: MatchReport,
  shownAs: ReadonlyMap<string, string>,
  formats: Formats,
): string[] {
  const labels = new Map(keys.map(({ id, label }) => [id, label]));
  const rows = backups.map((backup) => [
    printable(shownAs.get(backup.path) ?? backup.path),
    backup.date === null ? '' : formats.day(backup.date),
    answerOf(backup, labels),
  ]);
  const used = keys.filter(({ use }) => use.backupCount > 0);
  const idle = keys.filter(({ use }) => use.backupCount === 0);
  return [
    ...(rows.length === 0
      ? []
      : formatTable([{ title: 'Backup' }, { title: 'Made' }, { title: 'Key' }], rows)),
    '',
    ...used.map(({ label, use }) => `“${printable(label)}” opens ${useInWords(use, formats)}.`),
    ...(idle.length === 0
      ? []
      : [`No known backup opens with ${listOfNames(idle.map(({ label }) => label))}.`]),
    tally(backups, argon2idCount, durationMs, formats),
  ];
}

function answerOf(backup: BackupKeys, labels: ReadonlyMap<string, string>): string {
  const names = listOfNames(backup.keyIds.map((id) => labels.get(id) ?? id));
  switch (backup.outcome) {
    case 'opens':
      return names;
    case 'opens-part':
      return `${names}; still locked: ${listOfNames(backup.lockedMembers)}`;
    case 'locked':
      return 'none of your keys';
    case 'plain':
      return 'not encrypted';
    case 'unreadable':
      return 'could not be read';
  }
}

function tally(
  backups: readonly BackupKeys[],
  argon2idCount: number,
  durationMs: number,
  formats: Formats,
): string {
  const remembered = backups.filter((backup) => backup.remembered).length;
  const parts = [
    ...(remembered === 0 ? [] : [`${formats.count(remembered)} known from before`]),
    `${formats.countOf(argon2idCount, 'slow try', 'slow tries')} (v3)`,
    formats.duration(durationMs),
  ];
  return `${formats.countOf(backups.length, 'backup', 'backups')}: ${parts.join(', ')}.`;
}
