// The vault of a run: opened without a question where the keychain or a passphrase file opens it, with one where a
// person is there. A command that only wants keys goes on without a vault that stays locked, and says so.

import {
  errorCode,
  fromPlainError,
  type PlainError,
  StrongroomError,
  toPlainError,
} from '../../shared/errors.ts';
import type { VaultStatus } from '../../shared/keys.ts';
import type { Vault } from '../engine.ts';
import type { Session } from '../session.ts';
import type { Prompter } from '../terminal/prompter.ts';
import { givenPassphrase, type PassphraseArguments } from './passphrase.ts';

const TRIES = 3;

/**
 * The unlocked vault, for commands that are about it.
 * @throws NO_VAULT, DAMAGED_VAULT, VAULT_LOCKED, WRONG_PASSPHRASE, KEYCHAIN_FAILED, CANCELLED
 */
export async function openVault(session: Session, args: PassphraseArguments): Promise<Vault> {
  const { vault } = await session.engine();
  const status = await existingVault(vault);
  const passphrase = await givenPassphrase(session, args);
  if (passphrase !== null) {
    await vault.unlock({ way: 'passphrase', passphrase });
  } else {
    const refusal = await tryKeychain(session, vault, status);
    if (refusal !== null) await askPassphrase(session, vault, status, refusal);
  }
  session.vaultUse = 'open';
  return vault;
}

/**
 * Lets the keys of the vault serve this run, as far as nobody has to be asked. A vault that stays locked is worth a note.
 * @throws as `openVault`, where the option names a passphrase file
 */
export async function useVault(session: Session, args: PassphraseArguments): Promise<void> {
  if (args.passphraseFile !== undefined) {
    await openVault(session, args);
    return;
  }
  const refusal = await openQuietly(session);
  if (refusal === null) return;
  session.screen.note(`The keys of your vault are not tried. ${refusal.message}`);
  if (refusal.hint !== undefined) session.screen.hint(refusal.hint);
}

/** Opens the vault if nobody has to be asked; why not, unless there is none or the person can be asked later. */
export async function openQuietly(session: Session): Promise<PlainError | null> {
  const { vault } = await session.engine();
  const status = await vault.status();
  if (status.state === 'missing') return null;
  if (status.error !== null) return status.error;
  try {
    const passphrase = await givenPassphrase(session, {});
    if (passphrase !== null) await vault.unlock({ way: 'passphrase', passphrase });
    const refusal = passphrase === null ? await tryKeychain(session, vault, status) : null;
    if (refusal === null) session.vaultUse = 'open';
    else if (canAsk(session, status)) session.vaultUse = 'asks';
    else return toPlainError(refusal);
  } catch (error) {
    if (errorCode(error) === 'CANCELLED') throw error;
    return toPlainError(error);
  }
  return null;
}

/** Asks for the passphrase of a vault that `useVault` left for later; Enter alone goes on without it. */
export async function askForVault(session: Session): Promise<void> {
  const { prompter } = session;
  if (prompter === null || session.vaultUse !== 'asks') return;
  const { vault } = await session.engine();
  session.vaultUse = 'unused'; // one question a run
  try {
    const question = 'Passphrase of your vault (hidden while you type; Enter alone goes on without): ';
    if (await unlockByQuestion(session, prompter, question, (how) => vault.unlock(how)))
      session.vaultUse = 'open';
  } catch (error) {
    if (errorCode(error) !== 'WRONG_PASSPHRASE') throw error;
    prompter.say('That is not the passphrase either, so this goes on without the vault.');
  }
}

/** @throws NO_VAULT, DAMAGED_VAULT, UNSUPPORTED_VERSION */
export async function existingVault(vault: Vault): Promise<VaultStatus> {
  const status = await vault.status();
  if (status.error !== null) throw fromPlainError(status.error);
  if (status.state !== 'missing') return status;
  throw new StrongroomError('NO_VAULT', 'There is no vault here yet.', {
    hint: 'Make one with: strongroom vault init',
    details: { path: status.path },
  });
}

/** null when the vault is open, else why it is not. */
async function tryKeychain(
  { screen }: Session,
  vault: Vault,
  status: VaultStatus,
): Promise<StrongroomError | null> {
  if (status.lockedOnPurpose) {
    return new StrongroomError('VAULT_LOCKED', 'Your vault was locked.', {
      hint: 'Unlock it with: strongroom vault unlock',
    });
  }
  if (!status.ways.includes('keychain')) {
    return new StrongroomError('VAULT_LOCKED', 'Your vault opens with its passphrase only.', {
      hint: 'Give it with --passphrase-file or STRONGROOM_PASSPHRASE_FILE, or run this at a terminal.',
    });
  }
  screen.live("Asking your system's keychain, which may be asking you in another window");
  try {
    await vault.unlock({ way: 'keychain' });
    return null;
  } catch (error) {
    if (errorCode(error) === 'KEYCHAIN_FAILED') return fromPlainError(toPlainError(error));
    throw error;
  } finally {
    screen.live(null);
  }
}

async function askPassphrase(
  session: Session,
  vault: Vault,
  status: VaultStatus,
  refusal: StrongroomError,
): Promise<void> {
  const { prompter } = session;
  if (prompter === null || !status.ways.includes('passphrase')) throw refusal;
  if (refusal.code === 'KEYCHAIN_FAILED') session.screen.note(refusal.message);
  const question = 'Passphrase of your vault (hidden while you type): ';
  if (await unlockByQuestion(session, prompter, question, (how) => vault.unlock(how))) return;
  throw new StrongroomError('CANCELLED', 'No passphrase was typed, so the vault stays locked.');
}

function canAsk(session: Session, status: VaultStatus): boolean {
  return session.prompter !== null && status.ways.includes('passphrase');
}

/** False when Enter alone was pressed. @throws WRONG_PASSPHRASE after the last try */
export async function unlockByQuestion(
  session: Session,
  prompter: Prompter,
  question: string,
  unlock: (how: { readonly way: 'passphrase'; readonly passphrase: Buffer }) => Promise<void>,
): Promise<boolean> {
  for (let count = 1; ; count++) {
    const passphrase = session.wipeLater(await prompter.askHidden(question));
    if (passphrase.length === 0) return false;
    try {
      await unlock({ way: 'passphrase', passphrase });
      return true;
    } catch (error) {
      if (errorCode(error) !== 'WRONG_PASSPHRASE' || count >= TRIES) throw error;
      prompter.say('That is not the passphrase of this vault.');
    }
  }
}
