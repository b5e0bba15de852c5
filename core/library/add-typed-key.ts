// A key that somebody types in: helped with dashes, capitals and look-alikes where a backup tells what was meant.

import { basename } from 'node:path';

import type { KeyMatch } from '../../shared/backup.ts';
import { StrongroomError } from '../../shared/errors.ts';
import { LOOK_ALIKE_PAIRS, normaliseTypedKey } from '../../shared/key-format.ts';
import type { TypedKeyReport } from '../../shared/keys.ts';
import { measureStrength } from '../vault/index.ts';
import { rememberMatch } from './keys-for.ts';
import { findMeantKey, type MeantKey, type MeantKeyOptions } from './meant-key.ts';
import type { LibraryServices } from './services.ts';

export interface TypedKeyRequest extends MeantKeyOptions {
  /** UTF-8, without the line end. The caller wipes it. */
  readonly typed: Buffer;
  /** “Typed key” and the day unless told. */
  readonly label?: string | undefined;
  /** A backup that it should open. */
  readonly against?: string | undefined;
  /** Without a backup: what looks like Home Assistant's key is written with capitals and dashes unless told. */
  readonly form?: 'as-typed' | 'as-written' | undefined;
}

/**
 * Adds a typed key to the vault: the form that opens the given backup, else the form that Home Assistant writes.
 * @throws WRONG_KEY when no form of it opens the backup; USAGE for an empty key or a backup that is not encrypted;
 *   VAULT_LOCKED, CANCELLED, and what opening the backup and writing the vault throw
 */
export async function addTypedKey(
  services: LibraryServices,
  request: TypedKeyRequest,
): Promise<TypedKeyReport> {
  const { typed, against } = request;
  if (typed.length === 0) throw new StrongroomError('USAGE', 'An empty key opens nothing.');
  await services.vault.list(); // a locked vault says so before anything is tried
  const tried = against === undefined ? null : await openingForm(services, request, against);
  const { form, places, password } = tried?.meant ?? unproven(request);
  try {
    const label = request.label ?? `Typed key ${new Date().toISOString().slice(0, 10)}`;
    const strength = await measureStrength(password);
    const [added] = await services.vault.add([{ label, secret: password, origin: 'typed', strength }]);
    if (added === undefined) throw new Error('the vault took the key and did not say so');
    if (tried !== null && against !== undefined)
      await rememberMatch(services, against, tried.match, [{ id: added.key.id, label: TYPED }]);
    return { added, form, places };
  } finally {
    password.fill(0);
  }
}

const TYPED = 'typed key';

async function openingForm(
  { engine }: LibraryServices,
  { typed, signal, onLookAlikes }: TypedKeyRequest,
  path: string,
): Promise<{ readonly meant: MeantKey; readonly match: KeyMatch }> {
  const last: { match: KeyMatch | null } = { match: null };
  const opens = async (password: Buffer): Promise<boolean> => {
    const match = await engine.openWith(path, [{ label: TYPED, password }], signal);
    last.match = match;
    if (match.members.every(({ status }) => status === 'not-needed')) throw notEncrypted(path);
    return match.members.some(({ status }) => status === 'opens');
  };
  const meant = await findMeantKey(opens, typed, { signal, onLookAlikes });
  if (meant !== null && last.match !== null) return { meant, match: last.match };
  throw new StrongroomError('WRONG_KEY', `This key does not open “${basename(path)}”, and it was not kept.`, {
    hint: `Read it once more: dashes and capitals belong to the key, and these get mixed up easily: ${LOOK_ALIKE_PAIRS}. Backups keep the key that was set when they were made.`,
  });
}

function unproven({ typed, form }: TypedKeyRequest): MeantKey {
  const meant = form === 'as-typed' ? null : normaliseTypedKey(typed.toString('utf8'));
  const written = meant === null ? null : Buffer.from(meant);
  if (written === null || written.equals(typed)) {
    written?.fill(0);
    return { form: 'as-typed', places: [], password: Buffer.from(typed) };
  }
  return { form: 'as-written', places: [], password: written };
}

function notEncrypted(path: string): StrongroomError {
  return new StrongroomError('USAGE', `“${basename(path)}” is not encrypted: it proves no key.`, {
    hint: 'Name a backup that the key should open, or add the key without one.',
  });
}
