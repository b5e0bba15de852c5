// Journals as a crash leaves them: written by the real code, then given an owner of the test's choice.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { OutputJournal, journalPathOf, type OutputState } from '../../core/files/output-journal.ts';
import { endOwner, newOwner } from '../../core/files/output-owner.ts';

/** A process that was and is no more. */
const deadPid = spawnSync(process.execPath, ['-e', '']).pid;

/** The name of an owner like this thread, with some parts exchanged. */
export function ownerLike(parts: {
  readonly pid?: number;
  readonly started?: string;
  readonly host?: string;
  readonly thread?: string;
}): string {
  const like = newOwner();
  endOwner(like);
  const [pid = '', started = '', host = '', thread = '', random = ''] = like.split('-');
  const { pid: otherPid = pid, started: otherStart = started, host: otherHost = host } = parts;
  return [otherPid, otherStart, otherHost, parts.thread ?? thread, random].join('-');
}

export const deadOwner = (): string => ownerLike({ pid: deadPid });

/** Leaves the journal of an output in that state, owned by a dead process unless told. */
export async function leaveJournal(
  finalPath: string,
  state: Partial<OutputState>,
  owner = deadOwner(),
): Promise<void> {
  await OutputJournal.begin(finalPath, { ...NEW_FILE, ...state });
  const folder = journalPathOf(finalPath);
  const [name = ''] = readdirSync(folder);
  renameSync(join(folder, name), join(folder, `${owner}.json`));
}

/** What is left where the journal was being removed. */
export function leaveStaging(folder: string, owner = deadOwner()): void {
  const staging = join(folder, `.strongroom-${owner}`);
  mkdirSync(staging);
  writeFileSync(join(staging, `${owner}.json`), JSON.stringify(NEW_FILE));
}

const NEW_FILE: OutputState = {
  format: 1,
  step: 'writing',
  replaces: null,
  originals: null,
  quarantineDays: 0,
  keepAs: null,
  outputBytes: null,
};
