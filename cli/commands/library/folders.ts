// `strongroom library add`, `remove` and `list`: which folders belong to the library, and which are watched.

import { resolve } from 'node:path';

import { type Command, Option } from 'commander';

import type { OriginalsPolicy } from '../../../shared/backup.ts';
import { StrongroomError, toPlainError } from '../../../shared/errors.ts';
import type { LibraryFolder, WatchRule } from '../../../shared/library.ts';
import type { RemovalPlace } from '../../../shared/scheme.ts';
import { type CommonArguments, positiveInteger, type Start, withExamples } from '../../command-options.ts';
import type { LibraryDesk } from '../../engine.ts';
import { type ExitCode, exitCodeFor, worstExitCode } from '../../exit-code.ts';
import { describeFileProblem } from '../../file-problem.ts';
import { folderLine, folderTable, ruleInWords } from '../../reports/library.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { printable } from '../../../shared/reports/printable.ts';
import { requireRule } from '../scheme/rule.ts';
import { openDesk } from './access.ts';
import { findFolder } from './filter.ts';
import { scanFolders } from './scan.ts';

const UNDO_DAYS = 30;

interface AddArguments extends CommonArguments {
  readonly watch?: boolean;
  readonly verify?: WatchRule['verify'];
  readonly migrate?: OriginalsPolicy;
  readonly scheme?: string;
  readonly schemeTo?: RemovalPlace;
  readonly undoDays?: number;
  readonly scan?: boolean;
}

export function registerFolders(library: Command, start: Start): void {
  const add = library
    .command('add')
    .summary('take folders into the library')
    .description(
      'Takes folders into the library, with all folders inside them, and looks at the backups there. Nothing in them is changed. With --watch, “strongroom watch” takes care of what arrives later. For a folder that is in the library already, the rule alone is changed.',
    )
    .argument('<folder...>', 'folders with backups')
    .option('--watch', 'let “strongroom watch” take in what arrives, and do what the rule says')
    .option('--no-watch', 'no longer watch it')
    .addOption(
      new Option('--verify <level>', 'the rule: how a new backup is verified (default: full)').choices([
        'none',
        'quick',
        'full',
        'deep',
      ]),
    )
    .addOption(
      new Option(
        '--migrate <originals>',
        'the rule: bring old formats to v3, and keep the originals beside, in quarantine or in the trash',
      ).choices(['keep', 'quarantine', 'trash']),
    )
    .option(
      '--scheme <policy>',
      'the rule: let go what this policy does not keep, as in daily=7,weekly=4; the first time, and where over a third would go, it waits for you',
    )
    .addOption(
      new Option('--scheme-to <place>', 'the rule: where that goes (default: quarantine)').choices([
        'quarantine',
        'trash',
      ]),
    )
    .option(
      '--undo-days <days>',
      'the rule: how long it can be brought back from quarantine (default: 30)',
      positiveInteger,
    )
    .option('--no-scan', 'do not look into it now')
    .option('--json', 'print one JSON document on stdout (docs/json.md)')
    .option('-j, --jobs <number>', 'threads (default: one for each core)', positiveInteger);
  withExamples(add, [
    {
      run: 'library add ~/backups /mnt/nas/backups',
      does: 'Takes in both, with everything that lies there.',
    },
    {
      run: 'library add ~/Downloads --watch --verify full --migrate quarantine',
      does: 'Each new backup there is verified, then brought to v3; see “strongroom watch”.',
    },
  ]).action((folders: string[], args: AddArguments) =>
    start('library add', args, (session) => addFolders(session, folders, args)),
  );

  const remove = library
    .command('remove')
    .summary('take folders out of the library')
    .description(
      'Takes folders out of the library. The backups in them stay where they are, untouched; what was verified of them is remembered.',
    )
    .argument('<folder...>', 'folders of the library')
    .option('--json', 'print one JSON document on stdout (docs/json.md)');
  remove.action((folders: string[], args: CommonArguments) =>
    start('library remove', args, (session) => removeFolders(session, folders)),
  );

  const list = library
    .command('list')
    .summary('list the folders of the library')
    .description('Lists the folders of the library: whether each is there, what lies in it, what is watched.')
    .option('--json', 'print one JSON document on stdout (docs/json.md)');
  list.action((args: CommonArguments) => start('library list', args, listFolders));
}

async function addFolders(session: Session, given: readonly string[], args: AddArguments): Promise<ExitCode> {
  const rule = ruleOf(args);
  const desk = await openDesk(session);
  return await forEach(session, given, async (shownAs, path) => {
    let folder = await desk.addFolder(path);
    if (rule !== undefined) folder = await desk.setWatch(folder.path, rule);
    let exitCode: ExitCode = 0;
    if (folder.state === 'never-scanned' && args.scan !== false) {
      exitCode = (await scanFolders(session, desk, [folder.path])).exitCode;
      folder = (await desk.folders()).find(({ id }) => id === folder.id) ?? folder;
    }
    const lines = [`${printable(shownAs)} ${folderLine(folder, session.formats)}`];
    if (rule !== undefined) lines.push(...watchLines(folder));
    return await printReport(session, folder.path, folder, lines, exitCode);
  });
}

function watchLines({ watch }: LibraryFolder): string[] {
  if (watch === null) return ['  It is not watched any more.'];
  return [`  ${ruleInWords(watch)}`, '  This is done while this runs: strongroom watch'];
}

/** undefined: the rule stays as it is. @throws USAGE */
function ruleOf(args: AddArguments): WatchRule | null | undefined {
  const { watch, verify, migrate } = args;
  const scheme = schemeOf(args);
  if (watch !== true && (verify !== undefined || migrate !== undefined || scheme !== null)) {
    throw new StrongroomError(
      'USAGE',
      '--verify, --migrate and --scheme are the rule of a folder that is watched.',
      {
        hint: 'Add --watch.',
      },
    );
  }
  if (watch === undefined) return undefined;
  if (!watch) return null;
  return {
    verify: verify ?? 'full',
    migrate: migrate === undefined ? null : { originals: migrate },
    scheme,
  };
}

/** @throws USAGE */
function schemeOf({ scheme, schemeTo, undoDays }: AddArguments): WatchRule['scheme'] {
  requireRule({
    ...(scheme === undefined ? {} : { policy: scheme }),
    ...(schemeTo === undefined ? {} : { to: schemeTo }),
    ...(undoDays === undefined ? {} : { undoDays }),
  });
  if (scheme !== undefined)
    return { policy: scheme, to: schemeTo ?? 'quarantine', undoDays: undoDays ?? UNDO_DAYS };
  if (schemeTo === undefined && undoDays === undefined) return null;
  throw new StrongroomError('USAGE', '--scheme-to and --undo-days belong to --scheme.', {
    hint: 'Say what stays, as in --scheme standard.',
  });
}

async function removeFolders(session: Session, given: readonly string[]): Promise<ExitCode> {
  const desk = await openDesk(session);
  return await forEach(session, given, async (shownAs) => {
    const folder = await desk.removeFolder(await findFolder(session, desk, shownAs));
    return await printReport(session, folder.path, folder, [
      `${printable(shownAs)} is no longer in your library. Nothing in it was touched.`,
    ]);
  });
}

/** One folder that cannot be used does not stop the others. */
async function forEach(
  session: Session,
  given: readonly string[],
  work: (shownAs: string, path: string) => Promise<ExitCode>,
): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  for (const shownAs of given) {
    session.host.signal.throwIfAborted();
    const path = resolve(session.host.cwd, shownAs);
    try {
      codes.push(await work(shownAs, path));
    } catch (thrown) {
      const error = toPlainError(describeFileProblem(thrown, 'this folder'));
      if (error.code === 'CANCELLED' || error.code === 'DAMAGED_CATALOG') throw thrown;
      session.screen.plainError(error, shownAs);
      const exitCode = exitCodeFor(error.code);
      await session.document?.addResult({ path, report: null, error, exitCode });
      codes.push(exitCode);
    }
  }
  return worstExitCode(codes);
}

async function listFolders(session: Session): Promise<ExitCode> {
  const desk: LibraryDesk = await openDesk(session);
  const folders = await desk.folders();
  return await printReport(
    session,
    session.host.dataFolder,
    { folders },
    folderTable(folders, session.formats),
  );
}
