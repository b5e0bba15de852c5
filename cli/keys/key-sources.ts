// Where the keys of a run come from: key files, emergency kits, the environment, else the vault. Never an argument, which
// other users of the machine could read in the list of processes.

import { StrongroomError } from '../../shared/errors.ts';
import type { KeyInfo } from '../../shared/keys.ts';
import type { Vault } from '../engine.ts';
import type { Host } from '../host.ts';
import type { Session } from '../session.ts';
import type { KeyBunch } from './key-bunch.ts';
import { type NamedKey, readKeyFile, readKit } from './key-files.ts';
import type { PassphraseArguments } from './passphrase.ts';
import { openVault, useVault } from './vault-access.ts';

export interface KeyArguments {
  readonly keyFile?: readonly string[];
  readonly kit?: readonly string[];
}

export interface NewKeyArguments extends PassphraseArguments {
  readonly newKeyFile?: string;
  readonly newKit?: string;
  /** Label, fingerprint or id of a key in the vault. */
  readonly newVaultKey?: string;
}

export interface EnvironmentKeys {
  readonly key: Buffer | null;
  readonly newKey: Buffer | null;
}

/** Takes the keys out of the environment, so that no thread or child process inherits them. */
export function takeEnvironmentKeys(env: Host['env']): EnvironmentKeys {
  const taken = { key: toKey(env['STRONGROOM_KEY']), newKey: toKey(env['STRONGROOM_NEW_KEY']) };
  delete env['STRONGROOM_KEY'];
  delete env['STRONGROOM_NEW_KEY'];
  return taken;
}

/**
 * Gathers the keys to open backups with: those given, else the vault's.
 * @throws USAGE, IO_FAILED; with a passphrase file also what opening the vault throws
 */
export async function gatherKeys(session: Session, given: KeyArguments & PassphraseArguments): Promise<void> {
  const { keys, host, environmentKeys } = session;
  for (const path of given.keyFile ?? []) add(keys, await readKeyFile(path, host.stdin));
  for (const path of given.kit ?? []) for (const key of await readKit(path)) add(keys, key);
  if (environmentKeys.key !== null)
    add(keys, { label: 'STRONGROOM_KEY', password: Buffer.from(environmentKeys.key) });
  if (keys.keys.length === 0 || given.passphraseFile !== undefined) await useVault(session, given);
}

/** Reads the new key of rekey and encrypt; null when none was given. @throws USAGE, IO_FAILED */
export async function gatherNewKey(session: Session, given: NewKeyArguments): Promise<NamedKey | null> {
  const { newKeyFile, newKit, newVaultKey } = given;
  if ([newKeyFile, newKit, newVaultKey].filter((way) => way !== undefined).length > 1) {
    throw new StrongroomError(
      'USAGE',
      'There can be only one new key: give one of --new-key-file, --new-kit and --new-vault-key.',
    );
  }
  if (newVaultKey !== undefined) return await keyOfVault(session, newVaultKey, given);
  if (newKeyFile !== undefined) return await readKeyFile(newKeyFile, session.host.stdin);
  if (newKit !== undefined) return await readKitOfOneKey(newKit);
  const fromEnvironment = session.environmentKeys.newKey;
  return fromEnvironment === null
    ? null
    : { label: 'STRONGROOM_NEW_KEY', password: Buffer.from(fromEnvironment) };
}

async function keyOfVault(session: Session, selector: string, given: PassphraseArguments): Promise<NamedKey> {
  if (session.vaultUse !== 'open') await openVault(session, given);
  const { vault, library } = await session.engine();
  const { id, label } = await findActiveKey(vault, selector);
  return { label, password: await library.revealKey(id) };
}

/** A key of the vault that new backups may have. @throws UNKNOWN_KEY; USAGE when it is retired or compromised */
export async function findActiveKey(vault: Pick<Vault, 'find'>, selector: string): Promise<KeyInfo> {
  const key = await vault.find(selector);
  if (key.state === 'active') return key;
  throw new StrongroomError(
    'USAGE',
    `Your key “${key.label}” is ${key.state}, so nothing new is encrypted with it.`,
    {
      hint: 'Choose another key, or make one with: strongroom keys generate',
    },
  );
}

async function readKitOfOneKey(path: string): Promise<NamedKey> {
  const [key, ...others] = await readKit(path);
  if (key !== undefined && others.length === 0) return key;
  throw new StrongroomError('USAGE', `“${path}” holds several keys, and only one can be the new one.`, {
    hint: 'Copy the right one into a file of its own and use --new-key-file.',
  });
}

function add(keys: KeyBunch, key: NamedKey): void {
  keys.add(key.label, key.password);
}

function toKey(value: string | undefined): Buffer | null {
  return value === undefined || value === '' ? null : Buffer.from(value, 'utf8');
}
