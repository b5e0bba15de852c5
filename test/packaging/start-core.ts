// Bundled like the program and run from the packed layout: core with a thread, the native libsodium, the keychain's module and the
// WebAssembly, all from the package. Prints what it found.

import { createRequire } from 'node:module';

import { openStrongroom } from '../../core/strongroom.ts';

const [dataFolder = '', backup = '', password = ''] = process.argv.slice(2);
const strongroom = await openStrongroom({ dataFolder, threads: 1 });
try {
  const key = { label: 'the key', password: Buffer.from(password) };
  const { status } = await strongroom.verify(backup, { level: 'full', keys: [key] });
  const require = createRequire(import.meta.url);
  const keyring = require('@napi-rs/keyring') as { Entry?: unknown };
  const wasm = require('libsodium-wrappers-sumo') as { ready: Promise<void> };
  await wasm.ready;
  console.log(JSON.stringify({ sodium: strongroom.sodium, status, keyring: typeof keyring.Entry }));
} finally {
  await strongroom.close();
}
