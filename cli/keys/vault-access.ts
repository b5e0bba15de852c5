// The vault of a run: opened without a question where the keychain or a passphrase file opens it, with one where a
// person is there. A command that only wants keys goes on without a vault that stays locked, and says so.

import { errorCode, fromPlainError, StrongroomError, toPlainError } from '../../shared/errors.ts';
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
    const refusal = await tryKeychain(vault, status);
    if (refusal !== null) await askPassphrase(session, vault, status, refusal);
  }
  session.vaultUse = 'open';
  return vault;
}

/**
 * Lets the keys of the vault serve this run, as far as nobody has to be asked.
 * @throws as `openVault`, where a passphrase file was given
 */
export async function useVault(session: Session, args: PassphraseArguments): Promise<void> {
  const { vault } = await session.engine();
  if ((await givenPassphrase(session, args)) !== null) {
    await openVault(session, args);
    return;
  }
  const status = await vault.status();
  if (status.state === 'missing') return;
  const refusal = status.error ?? (await tryKeychain(vault, status));
  if (refusal === null) session.vaultUse = 'open';
  else if (canAsk(session, status)) session.vaultUse = 'asks';
  else session.screen.note(`The keys of your vault are not tried. ${refusal.message}`);
}

/** Asks for the passphrase of a vault that `useVault` left for later; Enter alone goes on without it. */
export async function askForVault(session: Session): Promise<void> {
  const { prompter } = session;
  if (prompter === null || session.vaultUse !== 'asks') return;
  const { vault } = await session.engine();
  session.vaultUse = 'unused'; // one question a run
  try {
    if (await unlockByQuestion(session, vault, prompter)) session.vaultUse = 'open';
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
async function tryKeychain(vault: Vault, status: VaultStatus): Promise<StrongroomError | null> {
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
  try {
    await vault.unlock({ way: 'keychain' });
    return null;
  } catch (error) {
    if (errorCode(error) === 'KEYCHAIN_FAILED') return fromPlainError(toPlainError(error));
    throw error;
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
  if (!(await unlockByQuestion(session, vault, prompter))) throw refusal;
}

function canAsk(session: Session, status: VaultStatus): boolean {
  return session.prompter !== null && status.ways.includes('passphrase');
}

/** False when Enter alone was pressed. @throws WRONG_PASSPHRASE after the last try */
async function unlockByQuestion(session: Session, vault: Vault, prompter: Prompter): Promise<boolean> {
  for (let count = 1; ; count++) {
    const passphrase = session.wipeLater(
      await prompter.askHidden(
        'Passphrase of your vault (hidden while you type; Enter alone goes on without): ',
      ),
    );
    if (passphrase.length === 0) return false;
    try {
      await vault.unlock({ way: 'passphrase', passphrase });
      return true;
    } catch (error) {
      if (errorCode(error) !== 'WRONG_PASSPHRASE' || count >= TRIES) throw error;
      prompter.say('That is not the passphrase of this vault.');
    }
  }
}
