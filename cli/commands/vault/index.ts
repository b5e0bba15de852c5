// `strongroom vault …`: the sealed file that the keys lie in, and the ways to open it.

import type { Command } from 'commander';

import type { Start } from '../../command-options.ts';
import { registerInit } from './init.ts';
import { registerLocking } from './locking.ts';
import { registerStatus } from './status.ts';
import { registerWays } from './ways.ts';

export function registerVault(program: Command, start: Start): void {
  const vault = program
    .command('vault')
    .summary('make, lock and unlock the vault that keeps your keys')
    .description(
      'The vault is a sealed file with your keys. It opens with the keychain of your system, with a passphrase, or with either.',
    );
  registerInit(vault, start);
  registerStatus(vault, start);
  registerLocking(vault, start);
  registerWays(vault, start);
}
