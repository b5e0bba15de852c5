// Which keys a rotation is about: the old ones by name, or all that are compromised; and the new one, of the vault, given in a file, or made.

import { StrongroomError } from '../../../shared/errors.ts';
import type { KeyInfo } from '../../../shared/keys.ts';
import type { LibraryDesk } from '../../engine.ts';
import { findActiveKey, gatherNewKey, type NewKeyArguments } from '../../keys/key-sources.ts';
import { askForOne } from '../../keys/new-key.ts';
import { addedLine } from '../../reports/keys.ts';
import type { Session } from '../../session.ts';
import { saveKit } from '../keys/saving.ts';

export interface OldKeyArguments {
  readonly from?: readonly string[];
  readonly compromised?: boolean;
}

export interface RotationKeyArguments extends OldKeyArguments, NewKeyArguments {
  readonly generate?: boolean;
  readonly label?: string;
  readonly saveKit?: string;
}

/**
 * Their ids; the vault has to be open. Without a word the one other key that opens something is meant; among several the person says which.
 * @throws USAGE, UNKNOWN_KEY, CANCELLED
 */
export async function oldKeyIds(session: Session, { from, compromised }: OldKeyArguments): Promise<string[]> {
  const { vault } = await session.engine();
  if (from !== undefined && compromised === true) {
    throw new StrongroomError(
      'USAGE',
      '--compromised means every key that is marked so; no other is named beside it.',
    );
  }
  if (from !== undefined) return Promise.all(from.map(async (selector) => (await vault.find(selector)).id));
  const keys = await vault.list();
  if (compromised === true) {
    const marked = keys.filter(({ state }) => state === 'compromised').map(({ id }) => id);
    if (marked.length > 0) return marked;
    throw new StrongroomError('USAGE', 'No key of your vault is marked as compromised.', {
      hint: 'Mark it first: strongroom keys compromised KEY',
    });
  }
  if (session.prompter === null) {
    throw new StrongroomError('USAGE', 'It is not said which key is to be replaced.', {
      hint: 'Name it with --from, or use --compromised; your keys: strongroom keys list',
    });
  }
  session.prompter.say('Which key shall be replaced?');
  const chosen = await askForOne(session.prompter, keys, 'Its number, or Enter alone to stop: ');
  if (chosen !== null) return [chosen.id];
  throw new StrongroomError('CANCELLED', 'Nothing was changed.');
}

/** Of a plan, which changes nothing: a key that is in the vault. @throws USAGE, UNKNOWN_KEY, IO_FAILED, CANCELLED */
export async function plannedNewKey(
  session: Session,
  args: RotationKeyArguments,
  oldIds: readonly string[],
): Promise<string> {
  if (args.generate === true) {
    throw new StrongroomError('USAGE', 'A plan makes no key.', {
      hint: 'Make it first: strongroom keys generate. Or run the rotation at once: strongroom rotate run --generate --save-kit FOLDER',
    });
  }
  const given = await givenKey(session, args);
  if (given === null) return chooseActive(session, oldIds);
  if (given.id !== null) return given.id;
  throw new StrongroomError('USAGE', 'The new key is not in your vault yet, and a plan changes nothing.', {
    hint: 'Put it there first: strongroom keys add, or strongroom keys import. “strongroom rotate run” does it by itself.',
  });
}

/** Of a run: a key that was given is kept in the vault, one that is wanted is made. @throws as `plannedNewKey` */
export async function newKeyToUse(
  session: Session,
  args: RotationKeyArguments,
  oldIds: readonly string[],
): Promise<string> {
  const { library } = await session.engine();
  if (args.generate === true) {
    if (args.saveKit === undefined && session.prompter === null)
      throw nowhereButInTheVault('The new key would be');
    const added = await library.generateKey(args.label === undefined ? {} : { label: args.label });
    session.screen.note(addedLine(added));
    return added.key.id;
  }
  const given = await givenKey(session, args);
  if (given === null) return chooseActive(session, oldIds);
  const id = given.id ?? (await keep(session, given, args.label ?? given.label));
  // What it was given in is a copy of it outside of the vault, and it was right.
  if (given.password !== null) await library.drillKey(id, [given.password]);
  return id;
}

async function keep(session: Session, { password }: GivenKey, label: string): Promise<string> {
  const { library } = await session.engine();
  if (password === null)
    throw new StrongroomError('INTERNAL', 'a key that is not in the vault was not given');
  const { added } = await library.addTypedKey({ typed: password, form: 'as-typed', label });
  session.screen.note(addedLine(added));
  return added.key.id;
}

/**
 * Makes sure that the new key is elsewhere, too: saves its kit where that is asked for, or asks a person where to.
 * @throws CANCELLED where the person wants none; what saving throws
 */
export async function makeSureItIsSaved(
  session: Session,
  desk: LibraryDesk,
  keyId: string,
  kitPath: string | undefined,
): Promise<void> {
  if (kitPath !== undefined) await sayWhere(session, keyId, kitPath);
  const problem = await desk.rotations.unsaved(keyId);
  if (problem === null) return;
  if (session.prompter === null) throw nowhereButInTheVault('The new key is');
  session.prompter.say(`${problem.message} Save its emergency kit now, where your backups are not.`);
  const where = await session.prompter.ask('A folder or a new file for it, or Enter alone to stop: ');
  if (where === '') throw new StrongroomError('CANCELLED', 'Nothing was changed.');
  await sayWhere(session, keyId, where);
}

async function sayWhere(session: Session, keyId: string, where: string): Promise<void> {
  const { path } = await saveKit(session, keyId, where);
  session.screen.note(`The emergency kit of the new key: ${path}. Keep it where the backups are not.`);
}

function nowhereButInTheVault(what: string): StrongroomError {
  return new StrongroomError('USAGE', `${what} nowhere but in this vault. Nothing was begun.`, {
    hint: 'Say where its emergency kit is to be saved first: --save-kit FOLDER. Keep it where the backups are not.',
  });
}

interface GivenKey {
  readonly label: string;
  /** null for one that was only named. */
  readonly password: Buffer | null;
  /** null where the vault does not have it. */
  readonly id: string | null;
}

/** @throws USAGE for one that nothing is encrypted with any more */
async function givenKey(session: Session, args: RotationKeyArguments): Promise<GivenKey | null> {
  const { vault } = await session.engine();
  if (args.newVaultKey !== undefined) {
    const { id, label } = await findActiveKey(vault, args.newVaultKey);
    return { id, label, password: null };
  }
  const given = await gatherNewKey(session, args);
  if (given === null) return null;
  session.wipeLater(given.password);
  let known: KeyInfo | null = null;
  for (const key of await vault.list()) if (await vault.matches(key.id, given.password)) known = key;
  if (known !== null) await findActiveKey(vault, known.id);
  return { ...given, id: known?.id ?? null };
}

async function chooseActive(session: Session, oldIds: readonly string[]): Promise<string> {
  const { vault } = await session.engine();
  if (session.prompter !== null) {
    session.prompter.say('Which key shall the backups have from now on?');
    const active = (await vault.list()).filter(({ id, state }) => state === 'active' && !oldIds.includes(id));
    const chosen = await askForOne(session.prompter, active, 'Its number, or Enter alone to stop: ');
    if (chosen !== null) return chosen.id;
    throw new StrongroomError('CANCELLED', 'Nothing was changed.');
  }
  throw new StrongroomError('USAGE', 'It is not said which key the backups shall have.', {
    hint: 'Give it with --new-vault-key, --new-key-file or --new-kit, or have one made with --generate.',
  });
}

/** @throws USAGE */
export function requireOneNewKey({ generate, newKeyFile, newKit, newVaultKey }: RotationKeyArguments): void {
  const given = [newKeyFile, newKit, newVaultKey].filter((way) => way !== undefined).length;
  if (given + (generate === true ? 1 : 0) <= 1) return;
  throw new StrongroomError('USAGE', 'There can be only one new key: a new one is made, or one is given.');
}
