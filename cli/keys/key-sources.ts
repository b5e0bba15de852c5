// Where the keys of a run come from: key files, emergency kits, the environment. Never an argument, which
// other users of the machine could read in the list of processes.

import { StrongroomError } from '../../shared/errors.ts';
import type { Host } from '../host.ts';
import type { KeyBunch } from './key-bunch.ts';
import { type NamedKey, readKeyFile, readKit } from './key-files.ts';

export interface KeyArguments {
  readonly keyFile?: readonly string[];
  readonly kit?: readonly string[];
}

export interface NewKeyArguments {
  readonly newKeyFile?: string;
  readonly newKit?: string;
}

/** Reads the keys to open backups with. @throws USAGE, IO_FAILED */
export async function gatherKeys(given: KeyArguments, host: Host, keys: KeyBunch): Promise<void> {
  for (const path of given.keyFile ?? []) add(keys, await readKeyFile(path, host.stdin));
  for (const path of given.kit ?? []) for (const key of await readKit(path)) add(keys, key);
  const fromEnvironment = takeVariable(host.env, 'STRONGROOM_KEY');
  if (fromEnvironment !== null) keys.add('STRONGROOM_KEY', fromEnvironment);
}

/** Reads the new key of rekey and encrypt; null when none was given. @throws USAGE, IO_FAILED */
export async function gatherNewKey(given: NewKeyArguments, host: Host): Promise<NamedKey | null> {
  const fromEnvironment = takeVariable(host.env, 'STRONGROOM_NEW_KEY');
  if (given.newKeyFile !== undefined && given.newKit !== undefined) {
    throw new StrongroomError('USAGE', 'There can be only one new key: give --new-key-file or --new-kit, not both.');
  }
  if (given.newKeyFile !== undefined) return await readKeyFile(given.newKeyFile, host.stdin);
  if (given.newKit !== undefined) {
    const [key, ...others] = await readKit(given.newKit);
    if (key !== undefined && others.length === 0) return key;
    throw new StrongroomError('USAGE', `'${given.newKit}' holds several keys, and only one can be the new one.`, {
      hint: 'Copy the right one into a file of its own and use --new-key-file.',
    });
  }
  return fromEnvironment === null ? null : { label: 'STRONGROOM_NEW_KEY', password: fromEnvironment };
}

function add(keys: KeyBunch, key: NamedKey): void {
  keys.add(key.label, key.password);
}

/** Removed from the environment at once, so that no thread or child process inherits it. */
function takeVariable(env: Host['env'], name: string): Buffer | null {
  const value = env[name];
  delete env[name];
  return value === undefined || value === '' ? null : Buffer.from(value, 'utf8');
}
