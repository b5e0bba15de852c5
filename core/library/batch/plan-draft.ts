// One file on its way to a planned item.

import { basename } from 'node:path';

import { toPlainError } from '../../../shared/errors.ts';
import type { LibraryCopy, PlannedItem } from '../../../shared/library.ts';
import type { RecognisedBackup } from '../recognise-backup.ts';
import type { BatchCandidate } from './batch-candidates.ts';
import { describeFileProblem } from '../file-problem.ts';

/** Open until it is known what is done with it. */
export class Draft {
  readonly path: string;
  isOpen = true;
  item: PlannedItem;
  backup: RecognisedBackup | null = null;
  /** Where the new file will be; it may be behind a link. */
  outputPath: string | null = null;
  readonly fileState: LibraryCopy['state'];

  constructor(path: string, { identity, name, date, state }: BatchCandidate) {
    this.path = path;
    this.fileState = state;
    this.item = {
      path,
      identity: identity ?? '',
      name: name ?? basename(path),
      date,
      state: 'blocked',
      message: '',
      error: null,
      inputBytes: 0,
      outputBytes: 0,
      restoreNeeds: null,
    };
  }

  recognise(backup: RecognisedBackup): void {
    const { identity, name, date, details } = backup;
    this.backup = backup;
    this.item = { ...this.item, identity, name, date, inputBytes: details?.sizeBytes ?? 0 };
  }

  settle(parts: Partial<PlannedItem>): void {
    this.isOpen = false;
    this.item = { ...this.item, ...parts };
  }

  block(thrown: unknown): void {
    const error = toPlainError(describeFileProblem(thrown, this.path));
    this.settle({ state: 'blocked', message: error.message, error });
  }
}
