// `strongroom keys …`: the keys in the vault.

import type { Command } from 'commander';

import type { Start } from '../../command-options.ts';
import { registerAdding } from './adding.ts';
import { registerDrill } from './drill.ts';
import { registerLifeCycle } from './life-cycle.ts';
import { registerList } from './list.ts';
import { registerMatch } from './match.ts';
import { registerSaving } from './saving.ts';

export function registerKeys(program: Command, start: Start): void {
  const keys = program
    .command('keys')
    .summary('import, make, print and match the keys in your vault')
    .description(
      'The keys in your vault, and which of your backups each of them opens. KEY is a label or a fingerprint, as “keys list” shows them, or an id, as “keys list --json” does.',
    );
  registerList(keys, start);
  registerAdding(keys, start);
  registerMatch(keys, start);
  registerSaving(keys, start);
  registerDrill(keys, start);
  registerLifeCycle(keys, start);
}
