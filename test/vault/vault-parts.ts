// What the vaults of the tests are made of; loaded by child processes, too, so nothing here knows the test runner.

import type { Keychain, NewKey } from '../../core/vault/index.ts';
import type { VaultTuning } from '../../core/vault/vault.ts';
import { StrongroomError } from '../../shared/errors.ts';
import type { KeyStrength } from '../../shared/keys.ts';

export const CHEAP: VaultTuning = {
  argon2idLimits: { opsLimit: 1, memLimitBytes: 8192 },
  writeLockWaitMs: 15_000,
};
export const STRENGTH: KeyStrength = {
  guessesLog10: 30.5,
  legacyCrackSeconds: 1e18,
  argon2idCrackSeconds: 1e24,
  verdict: 'strong',
  warning: null,
};

export function newKey(label: string, secret: string, more: Partial<NewKey> = {}): NewKey {
  return { label, secret: Buffer.from(secret, 'utf8'), origin: 'typed', strength: STRENGTH, ...more };
}

/** A keychain in memory that can be told to fail, and counts what it is asked. */
export class MemoryKeychain implements Keychain {
  readonly entries = new Map<string, Buffer>();
  readonly asked: string[] = [];
  failing: 'read' | 'write' | 'remove' | null = null;

  read(account: string): Promise<Buffer | null> {
    this.#ask('read');
    const entry = this.entries.get(account);
    return Promise.resolve(entry === undefined ? null : Buffer.from(entry));
  }

  write(account: string, secret: Buffer): Promise<void> {
    this.#ask('write');
    this.entries.set(account, Buffer.from(secret));
    return Promise.resolve();
  }

  remove(account: string): Promise<boolean> {
    this.#ask('remove');
    return Promise.resolve(this.entries.delete(account));
  }

  #ask(what: 'read' | 'write' | 'remove'): void {
    this.asked.push(what);
    if (this.failing === what) throw new StrongroomError('KEYCHAIN_FAILED', 'It says no.');
  }
}
