// Home Assistant keeps its backup key in its own configuration, so every backup of that carries the key that was in force
// when it was made (`data/.storage/backup`). It is taken into the vault.

import { basename } from 'node:path';

import * as v from 'valibot';

import type { BackupInspection, KeyMatch } from '../../shared/backup.ts';
import { fromPlainError, StrongroomError } from '../../shared/errors.ts';
import type { AddedKey, AdoptReport } from '../../shared/keys.ts';
import { measureStrength, type VaultKey } from '../vault/index.ts';
import { keysFor, rememberMatch } from './keys-for.ts';
import type { LibraryServices } from './services.ts';

/** Real ones have some kilobytes. */
const LIMIT_BYTES = 1024 * 1024;

export interface AdoptOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes the key found in a backup into the vault. The backup has to be plain, or a key of the vault has to open it.
 * @throws USAGE when no key is found in it; WRONG_KEY, KEY_REQUIRED; VAULT_LOCKED, CANCELLED, and what reading the backup
 *   and writing the vault throw
 */
export async function adoptKey(
  services: LibraryServices,
  path: string,
  { signal }: AdoptOptions = {},
): Promise<AdoptReport> {
  const keys = await keysFor(services, path);
  let secret: Buffer | null = null;
  try {
    const inspection = await services.engine.inspect(path);
    const match = await tryKeys(services, path, inspection, keys, signal);
    secret = await findSecret(services, path, inspection, openerOf(match, keys), signal);
    const added = await keep(services, path, inspection, secret);
    return {
      path,
      added,
      opensThisBackup: await opensIt(services, path, match, { added, keys, secret }, signal),
    };
  } finally {
    for (const { password } of keys) password.fill(0);
    secret?.fill(0);
  }
}

/** @throws USAGE without a part that holds the configuration */
async function tryKeys(
  services: LibraryServices,
  path: string,
  { members }: BackupInspection,
  keys: readonly VaultKey[],
  signal: AbortSignal | undefined,
): Promise<KeyMatch> {
  if (!members.some(({ name }) => name === PART))
    throw noKeyInside(path, 'it does not hold the configuration');
  const match = await services.engine.openWith(path, keys, signal);
  await rememberMatch(services, path, match, keys);
  const error = match.members.find(({ member }) => member === PART)?.error ?? null;
  if (error !== null) throw fromPlainError(error);
  return match;
}

function openerOf(match: KeyMatch, keys: readonly VaultKey[]): VaultKey | null {
  const label = match.members.find(({ member }) => member === PART)?.keyLabel ?? null;
  return keys.find((key) => key.label === label) ?? null;
}

async function findSecret(
  { engine }: LibraryServices,
  path: string,
  { metadata }: BackupInspection,
  opener: VaultKey | null,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const content = await engine.readEntry(path, {
    members: [PART],
    // In the first format of backups the files stand at the root.
    name: metadata.metadataVersion === 1 ? STORE : `data/${STORE}`,
    keys: opener === null ? [] : [opener],
    limitBytes: LIMIT_BYTES,
    signal,
  });
  if (content === null) throw noKeyInside(path, 'its configuration is from before Home Assistant kept one');
  try {
    return readSecret(content, path);
  } finally {
    content.fill(0);
  }
}

/** The JSON text and the password in it pass through strings: the parser knows nothing else. */
function readSecret(content: Buffer, path: string): Buffer {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    // The parser's own message quotes the content.
    throw unreadableStore(path);
  }
  const store = v.safeParse(STORE_SCHEMA, json);
  if (!store.success) throw unreadableStore(path);
  const { password } = store.output.data.config.create_backup;
  if (password == null || password === '')
    throw noKeyInside(path, 'Home Assistant had none when it was made');
  return Buffer.from(password, 'utf8');
}

async function keep(
  { vault }: LibraryServices,
  path: string,
  { metadata }: BackupInspection,
  secret: Buffer,
): Promise<AddedKey> {
  const date = (metadata.requestedDate ?? metadata.date)?.slice(0, 10);
  const [added] = await vault.add([
    {
      label: date === undefined ? 'Found in a backup' : `Found in the backup of ${date}`,
      secret,
      origin: 'backup',
      sourceName: basename(path),
      instanceId: metadata.instanceId,
      strength: await measureStrength(secret),
    },
  ]);
  if (added === undefined) throw new Error('the vault took the key and did not say so');
  return added;
}

/** Known without a trial where the key was in the vault already; else it is tried on what stayed locked. */
async function opensIt(
  services: LibraryServices,
  path: string,
  match: KeyMatch,
  found: { readonly added: AddedKey; readonly keys: readonly VaultKey[]; readonly secret: Buffer },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { id, label } = found.added.key;
  const labels = new Set(found.keys.filter((key) => key.id === id).map((key) => key.label));
  if (match.members.some(({ keyLabel }) => keyLabel !== null && labels.has(keyLabel))) return true;
  const isLocked = match.members.some(({ status }) => status === 'wrong-key' || status === 'key-required');
  if (!isLocked || labels.size > 0) return false;
  const own = await services.engine.openWith(path, [{ label, password: found.secret }], signal);
  await rememberMatch(services, path, own, [{ id, label }]);
  return own.members.some(({ status }) => status === 'opens');
}

const PART = 'homeassistant';
const STORE = '.storage/backup';

const STORE_SCHEMA = v.looseObject({
  key: v.optional(v.literal('backup')),
  data: v.looseObject({
    config: v.looseObject({
      create_backup: v.looseObject({ password: v.nullish(v.string()) }),
    }),
  }),
});

function noKeyInside(path: string, why: string): StrongroomError {
  return new StrongroomError('USAGE', `There is no key to take over in “${basename(path)}”: ${why}.`, {
    hint: 'Take a backup of Home Assistant itself, made in 2025 or later, or bring in its emergency kit.',
  });
}

function unreadableStore(path: string): StrongroomError {
  return new StrongroomError(
    'USAGE',
    `There is no key to take over in “${basename(path)}”: what Home Assistant noted about its backups is not in a form that is known.`,
    { hint: 'Try another backup, or bring in the emergency kit.' },
  );
}
