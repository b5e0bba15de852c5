// `strongroom rotate plan`, `run`, `status`, `resume` and `end`: another key for all that an old one opens, over days where it has to be.

import { type Command, InvalidArgumentError, Option } from 'commander';

import type { OriginalsPolicy } from '../../../shared/backup.ts';
import {
  collect,
  positiveInteger,
  type Start,
  type VaultArguments,
  withExamples,
  withVault,
} from '../../command-options.ts';
import { type FilterArguments, withFilter } from '../library/filter.ts';
import type { RotationKeyArguments } from './rotation-keys.ts';
import { endRotation, showPlan, showRotations, resumeRotation, runRotation } from './rotation-runs.ts';

export interface RotateArguments extends VaultArguments, FilterArguments, RotationKeyArguments {
  readonly originals: OriginalsPolicy;
  readonly quarantineDays?: number;
  readonly yes?: boolean;
}

export function registerRotate(program: Command, start: Start): void {
  const rotate = program
    .command('rotate')
    .summary('give all that an old key opens a new key')
    .description(
      'Gives the backups that an old key opens a new one, after a plan and with the new key saved first. Each backup is at every moment under exactly one of the two, and your vault knows which. What is away is listed and done when it is back.',
    );

  const plan = withChoice(
    rotate
      .command('plan')
      .summary('say what a rotation would do')
      .description(
        'Says for each backup what would be done or why it cannot be, what is away, and what has to be done in Home Assistant. Nothing is changed.',
      ),
  );
  withExamples(plan, [
    {
      run: 'rotate plan --all --from "Home 2024" --new-vault-key "Home 2026"',
      does: 'What a rotation of everything would do.',
    },
  ]).action((paths: string[], args: RotateArguments) =>
    start('rotate plan', args, (session) => showPlan(session, paths, args)),
  );

  const run = withChoice(
    rotate
      .command('run')
      .summary('rotate')
      .description(
        'Shows the plan, asks, and gives the backups their new key. Nothing begins before a copy of the new key is saved outside of the vault.',
      ),
  )
    .option('--generate', 'make the new key')
    .option('--label <label>', 'what the new key is called, where it is new to your vault')
    .option('--save-kit <path>', 'save the emergency kit of the new key first: a new file, or a folder')
    .option('-y, --yes', 'do not ask after the plan (for scripts)');
  withExamples(
    run,
    [
      {
        run: 'rotate run --all --from "Home 2024" --generate --save-kit /media/usb-stick/',
        does: 'Makes a key, saves its kit on a stick, shows the plan, asks, and rotates.',
      },
      {
        run: 'rotate run --all --compromised --new-key-file key.txt --originals trash --yes',
        does: 'For a script: everything that a compromised key opens gets the key in this file.',
      },
    ],
    [
      'Each new file is read back and compared before it takes the place of its original. Ctrl-C stops',
      'in good order; “strongroom rotate resume” goes on, today or in a week.',
    ],
  ).action((paths: string[], args: RotateArguments) =>
    start('rotate run', args, (session) => runRotation(session, paths, args)),
  );

  const status = rotate
    .command('status')
    .summary('say how far rotations are')
    .description('Says of each rotation how far it has got, what is left under an old key, and why.')
    .argument('[rotation]', 'its number; without it all of them are listed', rotationNumber);
  withExamples(withVault(status), [{ run: 'rotate status 3', does: 'What is left of rotation 3.' }]).action(
    (id: number | undefined, args: VaultArguments) =>
      start('rotate status', args, (session) => showRotations(session, id, args)),
  );

  const resume = rotate
    .command('resume')
    .summary('go on with a rotation')
    .description('Goes on with a rotation that was stopped, and with what was away or failed when it ran.')
    .argument('<rotation>', 'its number', rotationNumber);
  withExamples(withVault(resume), [
    { run: 'rotate resume 3', does: 'The rest of rotation 3; scan the drive that is back first.' },
  ]).action((id: number, args: VaultArguments) =>
    start('rotate resume', args, (session) => resumeRotation(session, id, args)),
  );

  const end = rotate
    .command('end')
    .summary('set a rotation aside')
    .description('Sets a rotation aside: what has the new key keeps it, the rest keeps the old one.')
    .argument('<rotation>', 'its number', rotationNumber);
  withExamples(withVault(end), [{ run: 'rotate end 3', does: 'Rotation 3 is not gone on with.' }]).action(
    (id: number, args: VaultArguments) =>
      start('rotate end', args, (session) => endRotation(session, id, args)),
  );
}

function rotationNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(
    'It must be the number of a rotation, as “strongroom rotate status” shows it.',
  );
}

function withChoice(command: Command): Command {
  withFilter(command)
    .option('--from <key>', 'label, fingerprint or id of the old key (can be repeated)', collect)
    .option('--compromised', 'every key that is marked as compromised')
    .option('--new-vault-key <key>', 'label, fingerprint or id of the new key in the vault')
    .option('--new-key-file <file>', 'file whose first line is the new key; - is standard input')
    .option('--new-kit <file>', 'emergency kit with the new key')
    .addOption(
      new Option('--originals <policy>', 'keep the originals beside, in quarantine, or in the trash')
        .choices(['keep', 'quarantine', 'trash'])
        .default('keep'),
    )
    .option(
      '--quarantine-days <days>',
      'how long quarantined originals are kept (default: 30)',
      positiveInteger,
    );
  return withVault(command).option(
    '-j, --jobs <number>',
    'threads (default: one for each core)',
    positiveInteger,
  );
}
