// The new key of rekey and encrypt, given or asked for. A mistyped new key would lock the person out,
// so it is asked twice, and a key that only lacks its dashes is not taken silently.

import { isHomeAssistantKey, normaliseTypedKey } from '../../shared/key-format.ts';
import { StrongroomError } from '../../shared/errors.ts';
import type { KeyInfo } from '../../shared/keys.ts';
import type { BackupKey } from '../engine.ts';
import { addedLine } from '../reports/keys.ts';
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
  await refuseCompromised(session, newKey);
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

/** However it was given: what is marked in the vault protects nothing new. */
async function refuseCompromised(session: Session, newKey: BackupKey): Promise<void> {
  if (session.vaultUse !== 'open') return;
  const { vault } = await session.engine();
  for (const { id, label, state } of await vault.list()) {
    if (state !== 'compromised' || !(await vault.matches(id, newKey.password))) continue;
    throw new StrongroomError('USAGE', `That is your key “${label}”, which is marked as compromised.`, {
      hint: 'Choose another key, or make one with: strongroom keys generate',
    });
  }
}

async function askNewKey(session: Session): Promise<BackupKey | null> {
  const { prompter } = session;
  if (prompter === null) return null;
  prompter.say('Which key shall the new backups have?');
  return (await chooseFromVault(session, prompter)) ?? (await typeNewKey(session, prompter));
}

/** null when there is none to choose from, or the person wants to type one. */
async function chooseFromVault(session: Session, prompter: Prompter): Promise<BackupKey | null> {
  if (session.vaultUse !== 'open') return null;
  const { vault, library } = await session.engine();
  const active = (await vault.list()).filter(({ state }) => state === 'active');
  const chosen = await askForOne(prompter, active, 'Its number, or Enter alone to type another key: ');
  return chosen === null ? null : { label: chosen.label, password: await library.revealKey(chosen.id) };
}

/** The key that the person chooses by its number; null for Enter alone, or when there is none. */
export async function askForOne(
  prompter: Prompter,
  keys: readonly KeyInfo[],
  question: string,
): Promise<KeyInfo | null> {
  if (keys.length === 0) return null;
  keys.forEach(({ label, fingerprint }, index) => prompter.say(`  ${index + 1}  ${label} (${fingerprint})`));
  for (;;) {
    const answer = await prompter.ask(question);
    if (answer === '') return null;
    const chosen = /^\d+$/.test(answer) ? keys[Number(answer) - 1] : undefined;
    if (chosen !== undefined) return chosen;
    prompter.say('There is no such number in the list.');
  }
}

async function typeNewKey(session: Session, prompter: Prompter): Promise<BackupKey> {
  prompter.say('Keep the new key somewhere safe first: without it nobody can open the backups.');
  for (;;) {
    const first = await prompter.askHidden('New key (hidden while you type): ');
    if (first.length === 0)
      throw new StrongroomError('CANCELLED', 'No new key was typed, and nothing was changed.');
    const second = await prompter.askHidden('The same again: ');
    const same = first.equals(second);
    second.fill(0);
    if (same) {
      const password = await inHomeAssistantForm(first, prompter);
      await offerToKeep(session, prompter, session.wipeLater(Buffer.from(password)));
      return { label: 'new typed key', password };
    }
    first.fill(0);
    prompter.say('These were two different keys. Once more, please.');
  }
}

async function offerToKeep(session: Session, prompter: Prompter, password: Buffer): Promise<void> {
  if (session.vaultUse !== 'open') return;
  if (!(await prompter.confirm('Keep this key in your vault?', 'yes'))) return;
  const { library } = await session.engine();
  const { added } = await library.addTypedKey({ typed: password, form: 'as-typed' });
  prompter.say(addedLine(added));
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
