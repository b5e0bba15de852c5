// `strongroom migrate`, `rekey`, `encrypt` and `decrypt`: a new backup with the same content, beside the original
// or in its place.

import { type Command, Option } from 'commander';

import type { OriginalsPolicy, RecodeReport, SecureTarVersion } from '../../shared/backup.ts';
import { exitCodeOf, runBatch } from '../batch.ts';
import {
  dryRunOption,
  type Example,
  fileCommand,
  type KeyedArguments,
  positiveInteger,
  type Start,
  withExamples,
  withKeys,
} from '../command-options.ts';
import { requireConsent, settleByPlan } from '../consent.ts';
import { loadRoomCheck, type Destination } from '../engine.ts';
import type { ExitCode } from '../exit-code.ts';
import { gatherKeys, type NewKeyArguments } from '../keys/key-sources.ts';
import { chooseNewKey } from '../keys/new-key.ts';
import { unlockTargets } from '../keys/unlock.ts';
import { openOutputFolder } from '../output-folder.ts';
import { describeRecode } from '../reports/recode.ts';
import type { Session } from '../session.ts';
import { findTargets, presentOnes, refuseSameNames, type Target } from '../targets.ts';

type Operation = 'migrate' | 'rekey' | 'encrypt' | 'decrypt';

export interface RecodeArguments extends KeyedArguments, NewKeyArguments {
  readonly out?: string;
  readonly originals?: OriginalsPolicy;
  readonly quarantineDays?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly format?: SecureTarVersion;
}

interface Syntax {
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly Example[];
}

const SYNTAX: Readonly<Record<Operation, Syntax>> = {
  migrate: {
    summary: 'bring a backup of an old format to the current one (v3), with the same key',
    description:
      "Brings backups of the old formats (v1, v2) to the current one (v3) with the same key. The new file is read back and compared before it takes the original's place. Home Assistant older than 2026.3 cannot restore v3.",
    examples: [
      {
        run: 'migrate --kit kit.txt --out new/ old.tar',
        does: 'Writes new/old.tar; the original is untouched.',
      },
      {
        run: 'migrate --kit kit.txt --originals keep ~/backups',
        does: 'Replaces them; each original stays beside as *.tar.orig.',
      },
      { run: 'migrate --dry-run --kit kit.txt ~/backups', does: 'Only says what would be done.' },
    ],
  },
  rekey: {
    summary: 'encrypt a backup with another key',
    description:
      'Encrypts backups with a new key. The content stays the same; the old key no longer opens the new file.',
    examples: [
      {
        run: 'rekey --kit old_kit.txt --new-kit new_kit.txt --out new/ home.tar',
        does: 'From the key of one kit to that of another.',
      },
      {
        run: 'rekey --originals quarantine ~/backups',
        does: 'Asks for both keys, replaces the backups, and keeps the originals 30 days.',
      },
    ],
  },
  encrypt: {
    summary: 'encrypt a backup that is not encrypted',
    description:
      'Encrypts backups that lie open, as Home Assistant leaves them when it decrypts a download. Without a new key the one key given to open is used.',
    examples: [
      { run: 'encrypt --kit kit.txt --out safe/ download.tar', does: 'Encrypts with the key of the kit.' },
      {
        run: 'encrypt --format v2 --new-key-file key.txt --out safe/ download.tar',
        does: 'For a Home Assistant older than 2026.3.',
      },
    ],
  },
  decrypt: {
    summary: 'write a backup without encryption',
    description: 'Writes backups without encryption: everyone who has the new file can read it.',
    examples: [
      {
        run: 'decrypt --kit kit.txt --out plain/ home.tar',
        does: 'Writes plain/home.tar; the original is untouched.',
      },
    ],
  },
};

export function registerRecode(program: Command, start: Start): void {
  for (const operation of ['migrate', 'rekey', 'encrypt', 'decrypt'] as const) {
    const { summary, description, examples } = SYNTAX[operation];
    const command = withKeys(fileCommand(program, operation, summary, description));
    if (operation === 'rekey' || operation === 'encrypt') {
      command
        .option('--new-vault-key <key>', 'label, fingerprint or id of a key in the vault')
        .option('--new-kit <file>', 'emergency kit with the new key')
        .option('--new-key-file <file>', 'file whose first line is the new key; - is standard input');
    }
    if (operation !== 'decrypt') {
      command.addOption(
        new Option('--format <version>', 'v3, or v2 for Home Assistant older than 2026.3')
          .choices(['v2', 'v3'])
          .default('v3'),
      );
    }
    command
      .option('-o, --out <folder>', 'write to this folder under the same name; originals stay untouched')
      .addOption(
        new Option(
          '--originals <policy>',
          'replace the backups, and keep the originals beside, in quarantine, or in the trash',
        )
          .choices(['keep', 'quarantine', 'trash'])
          .conflicts('out'),
      )
      .option(
        '--quarantine-days <days>',
        'how long quarantined originals are kept (default: 30)',
        positiveInteger,
      )
      .addOption(dryRunOption())
      .option('-y, --yes', 'do not ask before replacing (for scripts)');
    withExamples(command, examples, [
      'Without --out and --originals, on a terminal: shows the plan, asks, and replaces with the originals kept.',
    ]).action((paths: string[], args: RecodeArguments) =>
      start(operation, args, (session) => recode(session, operation, paths, args)),
    );
  }
}

/** Also used by the guided start. */
export async function recode(
  session: Session,
  operation: Operation,
  paths: readonly string[],
  args: RecodeArguments,
): Promise<ExitCode> {
  requireConsent(session, operation, args);
  await using folder = args.out === undefined ? null : await openOutputFolder(session.host.cwd, args.out);
  const destination: Destination =
    folder !== null
      ? { kind: 'folder', folder: folder.path }
      : { kind: 'in-place', originals: args.originals ?? 'keep', ...quarantine(args) };
  const found = await findTargets(paths, {
    cwd: session.host.cwd,
    recursive: args.recursive === true,
    mayBeUnfinished: true,
  });
  const targets = folder === null ? found : refuseSameNames(found);
  await gatherKeys(session, args);
  await unlockTargets(session, presentOnes(targets));
  const newKey =
    operation === 'rekey' || operation === 'encrypt'
      ? await chooseNewKey(session, operation, args)
      : undefined;

  const engine = await session.engine();
  const call = async (
    target: Target,
    dryRun: boolean,
    task: object = { signal: session.host.signal },
  ): Promise<RecodeReport> =>
    engine.recode(target.path, {
      operation,
      keys: await session.keysFor(target.path),
      newKey,
      destination,
      dryRun,
      ...(args.format === undefined ? {} : { format: args.format }),
      ...task,
    });
  const dryRun = args.dryRun === true;
  const asks = destination.kind === 'in-place' && args.yes !== true && !dryRun;
  const settled = asks
    ? await settleByPlan(session, presentOnes(targets), destination, (target) => call(target, true))
    : null;

  const results = await runBatch(session, targets, {
    command: operation,
    goodWord: 'without an error',
    atATime: await (await loadRoomCheck())(session.jobs, presentOnes(targets), folder?.path ?? null),
    showProgress: !dryRun,
    run: async (target, task) => {
      const report = await (settled?.get(target) ?? call(target, dryRun, task));
      await session.rememberRewritten(report);
      return report;
    },
    judge: () => null,
    describe: (report, { shownAs }) => describeRecode(report, session.reportContext(shownAs)),
  });
  return exitCodeOf(results);
}

function quarantine(args: RecodeArguments): { quarantineDays?: number } {
  return args.quarantineDays === undefined ? {} : { quarantineDays: args.quarantineDays };
}
