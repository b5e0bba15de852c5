// Which backups of the library a command is about: everything, or those for which all that is given holds.

import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';

import { type Command, InvalidArgumentError, Option } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import type { LibraryFilter } from '../../../shared/library.ts';
import { PLACE_FINDINGS } from '../../../shared/place-rules.ts';
import type { LibraryDesk } from '../../engine.ts';
import type { Session } from '../../session.ts';

export interface FilterArguments {
  readonly all?: boolean;
  readonly folder?: string;
  readonly inFormat?: NonNullable<LibraryFilter['format']>;
  readonly name?: string;
  readonly openedBy?: string;
  readonly withoutKey?: boolean;
  readonly notVerified?: boolean;
  readonly failed?: boolean;
  readonly stale?: boolean;
  readonly places?: NonNullable<LibraryFilter['places']>;
  readonly since?: string;
  readonly before?: string;
}

/** The options and arguments that choose backups. */
export function withFilter(command: Command): Command {
  return command
    .argument('[path...]', 'backups of the library, or folders with them')
    .option('--all', 'every backup of the library')
    .option('--folder <folder>', 'only those in this folder of the library')
    .addOption(
      new Option('--in-format <format>', 'only those in this format; old is everything before v3').choices([
        'old',
        'v1',
        'v2',
        'v3',
        'plain',
      ]),
    )
    .option('--name <text>', 'only those with this in their name or file name')
    .addOption(
      new Option(
        '--opened-by <key>',
        'only those that this key opens: label, fingerprint or id in the vault',
      ).conflicts('withoutKey'),
    )
    .option('--without-key', 'only those that no key of the vault opens')
    .addOption(new Option('--not-verified', 'only those never verified').conflicts(['failed', 'stale']))
    .addOption(new Option('--failed', 'only those whose last verification failed').conflicts('stale'))
    .option('--stale', 'only those verified too long ago (see “library policy”)')
    .addOption(
      new Option('--places <finding>', 'only those in such places (see “library places”)').choices([
        ...PLACE_FINDINGS,
        'goal-missed',
      ]),
    )
    .option('--since <day>', 'only those made on this day or later, such as 2025-02-13', readTime)
    .option('--before <day>', 'only those made before this day', readTime);
}

/** Whether anything was said about which backups are meant. */
export function isChosen(paths: readonly string[], args: FilterArguments): boolean {
  return args.all === true || paths.length > 0 || hasConditions(args);
}

function hasConditions(args: FilterArguments): boolean {
  const { folder, inFormat, name, openedBy, withoutKey, notVerified, failed, stale, places, since, before } =
    args;
  const conditions = [
    folder,
    inFormat,
    name,
    openedBy,
    withoutKey,
    notVerified,
    failed,
    stale,
    places,
    since,
    before,
  ];
  return conditions.some((condition) => condition !== undefined);
}

/**
 * A command that works on many backups never guesses which ones.
 * @throws USAGE where nothing was chosen, or everything and less than that
 */
export function requireChoice(paths: readonly string[], args: FilterArguments): void {
  refuseContradiction(paths, args);
  if (isChosen(paths, args)) return;
  throw new StrongroomError('USAGE', 'It is not said which backups are meant.', {
    hint: 'Add --all for every backup of your library, or choose: files, --folder, --in-format, --name and others (see --help).',
  });
}

/** @throws USAGE */
export function refuseContradiction(paths: readonly string[], args: FilterArguments): void {
  if (args.all !== true || (paths.length === 0 && !hasConditions(args))) return;
  throw new StrongroomError('USAGE', '--all means every backup, so nothing else can be chosen beside it.');
}

/**
 * The vault has to be open where `--opened-by` is given.
 * @throws USAGE where a file or folder is not in the library; UNKNOWN_KEY, VAULT_LOCKED, NO_VAULT
 */
export async function readFilter(
  session: Session,
  desk: LibraryDesk,
  given: readonly string[],
  args: FilterArguments,
): Promise<LibraryFilter> {
  const paths = given.map((path) => resolve(session.host.cwd, path));
  await requireKnown(desk, given, paths);
  const verified = verifiedOf(args);
  return {
    ...(args.folder === undefined ? {} : { folder: await findFolder(session, desk, args.folder) }),
    ...(paths.length === 0 ? {} : { paths }),
    ...(args.inFormat === undefined ? {} : { format: args.inFormat }),
    ...(args.name === undefined ? {} : { text: args.name }),
    ...(args.openedBy === undefined ? {} : { keyId: await findKey(session, args.openedBy) }),
    ...(args.withoutKey === undefined ? {} : { withoutKey: true }),
    ...(verified === null ? {} : { verified }),
    ...(args.places === undefined ? {} : { places: args.places }),
    ...(args.since === undefined ? {} : { since: args.since }),
    ...(args.before === undefined ? {} : { before: args.before }),
  };
}

/** The folder as the library calls it. @throws USAGE when it is not in the library */
export async function findFolder(session: Session, desk: LibraryDesk, given: string): Promise<string> {
  const path = resolve(session.host.cwd, given);
  const truePath = await realpath(path).catch(() => path); // a folder that is away has only its name
  const found = (await desk.folders()).find((folder) => folder.path === path || folder.path === truePath);
  if (found !== undefined) return found.path;
  throw new StrongroomError('USAGE', `The folder “${given}” is not in your library.`, {
    hint: 'Your folders: strongroom library list. To take it in: strongroom library add FOLDER',
  });
}

/** A file that is not in the library must not pass for one that needs nothing. */
async function requireKnown(
  desk: LibraryDesk,
  given: readonly string[],
  paths: readonly string[],
): Promise<void> {
  if (paths.length === 0) return;
  const copies = (await desk.listBackups({ paths })).flatMap((backup) =>
    backup.copies.map(({ path }) => path),
  );
  const known = new Set(copies);
  for (const [index, path] of paths.entries()) {
    const inside = path.endsWith(sep) ? path : path + sep;
    if (known.has(path) || copies.some((copy) => copy.startsWith(inside))) continue;
    // The library may know it by another spelling of its path.
    if ((await desk.listBackups({ paths: [path] })).length > 0) continue;
    throw new StrongroomError('USAGE', `No backup of your library is called “${given[index] ?? path}”.`, {
      hint: 'If the file is new: strongroom library scan. If its folder is not in your library: strongroom library add FOLDER',
    });
  }
}

async function findKey(session: Session, selector: string): Promise<string> {
  const { vault } = await session.engine();
  return (await vault.find(selector)).id;
}

function verifiedOf({ notVerified, failed, stale }: FilterArguments): 'never' | 'failed' | 'stale' | null {
  if (notVerified === true) return 'never';
  if (failed === true) return 'failed';
  return stale === true ? 'stale' : null;
}

/** A day begins at midnight by the user's clock. */
function readTime(text: string): string {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const [year = 0, month = 0, date = 0] = (day ?? []).slice(1).map(Number);
  const time = day === null ? new Date(text) : new Date(year, month - 1, date);
  const exists = day === null ? /^\d{4}-\d{2}-\d{2}T/.test(text) : time.getDate() === date;
  if (exists && !Number.isNaN(time.getTime())) return time.toISOString();
  throw new InvalidArgumentError('It must be a day such as 2025-02-13, or a time in ISO 8601.');
}
