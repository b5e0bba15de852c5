// `strongroom scheme …`: how long backups stay, why, and the way back for what went.

import type { Command } from 'commander';

import type { Start } from '../../command-options.ts';
import { registerApply } from './apply.ts';
import { registerPins } from './pin.ts';
import { registerUndo } from './undo.ts';

export function registerScheme(program: Command, start: Start): void {
  const scheme = program
    .command('scheme')
    .summary('keep daily, weekly, monthly and yearly backups, and let the rest go')
    .description(
      'Decides folder by folder which backups stay, always with the reasons. The newest, the last verified one and what you pinned never go, and before anything moves, what stays is opened once more.',
    );
  registerApply(scheme, start);
  registerUndo(scheme, start);
  registerPins(scheme, start);
}
