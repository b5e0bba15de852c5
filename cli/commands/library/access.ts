// How the commands about the library get at it: the vault as far as they need it, the catalogue, and a word about
// what an earlier run left unfinished.

import { type ErrorCode, errorCode, toPlainError } from '../../../shared/errors.ts';
import type { Job } from '../../../shared/jobs.ts';
import type { VaultArguments } from '../../command-options.ts';
import { deskOf, type LibraryDesk } from '../../engine.ts';
import { openQuietly, openVault } from '../../keys/vault-access.ts';
import type { Session } from '../../session.ts';

/** So many of the latest jobs are looked at for unfinished ones. */
const LATEST_JOBS = 50;

const NOT_FOR_LATER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CANCELLED',
  'DAMAGED_CATALOG',
  'UNSUPPORTED_VERSION',
  'INTERNAL',
]);

/** The library, with what a crash left put in order and told. Open the vault before, where it is needed. */
export async function openDesk(session: Session): Promise<LibraryDesk> {
  const desk = deskOf(await session.engine());
  await putInOrder(session, desk);
  const jobs = await desk.jobs(LATEST_JOBS);
  for (const job of jobs.filter(({ state }) => state === 'interrupted')) mentionInterrupted(session, job);
  return desk;
}

/** Finishes or undoes what a crash left in the middle of a file. What cannot be done now is tried by the next run. */
export async function putInOrder(session: Session, desk: LibraryDesk): Promise<void> {
  try {
    await desk.recover();
  } catch (error) {
    if (NOT_FOR_LATER.has(errorCode(error))) throw error;
    session.screen.note(
      `What an interrupted job left could not be put in order yet. ${toPlainError(error).message}`,
    );
  }
}

function mentionInterrupted({ screen, formats }: Session, { id, title, counts }: Job): void {
  const ended = counts.total - counts.left;
  screen.note(
    `Job ${id} (${title}) was interrupted after ${formats.count(ended)} of ${formats.countOf(counts.total, 'file', 'files')}. Nothing is lost.`,
  );
  screen.hint(`Go on with it: strongroom jobs resume ${id}. Leave it: strongroom jobs cancel ${id}`);
}

/** The vault as far as nobody has to be asked: what is said of keys is older where it stays locked. */
export async function lookIntoVault(session: Session, args: VaultArguments): Promise<void> {
  if (args.passphraseFile !== undefined) {
    await openVault(session, args);
    return;
  }
  const refusal = await openQuietly(session);
  if (refusal === null && session.vaultUse !== 'asks') return;
  session.screen.note('Your vault is locked, so what is said about keys is what was known before.');
}

/** The vault's keys for work that reads backups. Without a vault it goes on: backups may not be encrypted. */
export async function openVaultToRead(session: Session, args: VaultArguments): Promise<void> {
  const { vault } = await session.engine();
  const { state, error } = await vault.status();
  if (state === 'missing' && error === null && args.passphraseFile === undefined) {
    session.screen.note('There is no vault here, so encrypted backups stay locked.');
    session.screen.hint('Make one with: strongroom vault init');
    return;
  }
  await openVault(session, args);
}

/** Labels of the vault's keys by their ids; empty while it is locked. */
export async function keyLabels(session: Session): Promise<ReadonlyMap<string, string>> {
  if (session.vaultUse !== 'open') return new Map();
  const { vault } = await session.engine();
  return new Map((await vault.list()).map(({ id, label }) => [id, label]));
}
