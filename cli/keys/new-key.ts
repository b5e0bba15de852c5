// The new key of rekey and encrypt, given or asked for. A mistyped new key would lock the person out,
// so it is asked twice, and a key that only lacks its dashes is not taken silently.

import { isHomeAssistantKey, normaliseTypedKey } from '../../shared/key-format.ts';
import { StrongroomError } from '../../shared/errors.ts';
import type { BackupKey } from '../engine.ts';
import type { Session } from '../session.ts';
import type { Prompter } from '../terminal/prompter.ts';
import { gatherNewKey, type NewKeyArguments } from './key-sources.ts';

const SHORT_BYTES = 12;

/**
 * The key for rekey and encrypt. encrypt takes the key to open with where exactly one was given and no new one.
 * @throws USAGE when there is none and nobody can be asked
 */
export async function chooseNewKey(
  session: Session,
  operation: 'rekey' | 'encrypt',
  given: NewKeyArguments,
): Promise<BackupKey> {
  const newKey =
    (await gatherNewKey(session, given)) ??
    onlyKey(session, operation) ??
    (await onlyVaultKey(session, operation)) ??
    (await askNewKey(session));
  if (newKey === null) {
    throw new StrongroomError('USAGE', 'The new key is missing.', {
      hint: 'Give it with --new-vault-key, --new-key-file, --new-kit or the environment variable STRONGROOM_NEW_KEY.',
    });
  }
  session.wipeLater(newKey.password);
  warnIfWeak(session, newKey);
  return newKey;
}

function onlyKey(session: Session, operation: 'rekey' | 'encrypt'): BackupKey | null {
  const [key, ...others] = session.keys.keys;
  if (operation !== 'encrypt' || key === undefined || others.length > 0) return null;
  session.screen.note(`Encrypting with your key “${key.label}”.`);
  return { label: key.label, password: Buffer.from(key.password) };
}

/** Encrypting takes the one key of the vault that is in use; among several the person has to say which. */
async function onlyVaultKey(session: Session, operation: 'rekey' | 'encrypt'): Promise<BackupKey | null> {
  if (operation !== 'encrypt' || session.vaultUse !== 'open') return null;
  const { vault, library } = await session.engine();
  const [key, ...others] = (await vault.list()).filter(({ state }) => state === 'active');
  if (key === undefined || others.length > 0) return null;
  session.screen.note(`Encrypting with your key “${key.label}”.`);
  return { label: key.label, password: await library.revealKey(key.id) };
}

async function askNewKey(session: Session): Promise<BackupKey | null> {
  const { prompter } = session;
  if (prompter === null) return null;
  prompter.say(
    'Which key shall the new backups have? Keep it somewhere safe first: without it nobody can open them.',
  );
  for (;;) {
    const first = await prompter.askHidden('New key (hidden while you type): ');
    if (first.length === 0)
      throw new StrongroomError('CANCELLED', 'No new key was typed, and nothing was changed.');
    const second = await prompter.askHidden('The same again: ');
    const same = first.equals(second);
    second.fill(0);
    if (same) return { label: 'new typed key', password: await inHomeAssistantForm(first, prompter) };
    first.fill(0);
    prompter.say('These were two different keys. Once more, please.');
  }
}

async function inHomeAssistantForm(typed: Buffer, prompter: Prompter): Promise<Buffer> {
  const text = typed.toString('utf8');
  const meant = normaliseTypedKey(text);
  if (meant === null || meant === text) return typed;
  const question = 'This looks like a Home Assistant key without its capitals or dashes. Write it with them?';
  if (!(await prompter.confirm(question, 'yes'))) return typed;
  typed.fill(0);
  return Buffer.from(meant);
}

function warnIfWeak(session: Session, key: BackupKey): void {
  if (key.password.length >= SHORT_BYTES || isHomeAssistantKey(key.password.toString('utf8'))) return;
  session.screen.note(
    "This new key is short. Someone who has the backup can try many keys; Home Assistant's own have 28 letters and digits.",
  );
}
