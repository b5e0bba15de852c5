// A process that adds keys to a vault: node vault-child.ts <folder> <passphrase> <name> <count>. Tells `ready` when it
// is unlocked, waits for a line on stdin, then tells the label of each key that was saved, and the code of an error that
// stops it. With 0 it never ends by itself.

import { createInterface } from 'node:readline';

import { loadSodium } from '../../core/securetar/index.ts';
import { Vault } from '../../core/vault/vault.ts';
import { errorCode } from '../../shared/errors.ts';
import { CHEAP, MemoryKeychain, newKey } from './vault-parts.ts';

const [folder = '', passphrase = '', name = '', count = '0'] = process.argv.slice(2);
const vault = new Vault({ folder, sodium: await loadSodium(), keychain: new MemoryKeychain() }, CHEAP);
await vault.unlock({ way: 'passphrase', passphrase: Buffer.from(passphrase) });
process.stdout.write('ready\n');
const lines = createInterface({ input: process.stdin });
await new Promise((resolve) => lines.once('line', resolve));
lines.close();
const last = count === '0' ? Infinity : Number(count);
try {
  for (let number = 0; number < last; number++) {
    const label = `${name} ${number}`;
    await vault.add([newKey(label, `secret of ${label}`)]);
    process.stdout.write(`${label}\n`);
  }
} catch (error) {
  process.stdout.write(`${errorCode(error)}\n`);
  process.exitCode = 1;
}
