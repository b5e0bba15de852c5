// `strongroom library …`: folders full of backups, what is known of each, and work on many at once.

import type { Command } from 'commander';

import type { Start } from '../../command-options.ts';
import { registerBatch } from './batch.ts';
import { registerCopying } from './copy.ts';
import { registerFolders } from './folders.ts';
import { registerOverview } from './overview.ts';
import { registerPlaces } from './places.ts';
import { registerPolicy } from './policy.ts';
import { registerRebuild } from './rebuild.ts';
import { registerReport } from './report.ts';
import { registerScan } from './scan.ts';
import { registerVerification } from './verify.ts';

export function registerLibrary(program: Command, start: Start): void {
  const library = program
    .command('library')
    .summary('keep whole folders of backups in view: scan, verify, migrate')
    .description(
      'Your folders with backups as one library: what lies there, whether each backup can be restored and with which key, and work on all of them at once. Keys come from the vault only.',
    );
  registerFolders(library, start);
  registerScan(library, start);
  registerOverview(library, start);
  registerVerification(library, start);
  registerPolicy(library, start);
  registerBatch(library, start);
  registerPlaces(library, start);
  registerCopying(library, start);
  registerReport(library, start);
  registerRebuild(library, start);
}
