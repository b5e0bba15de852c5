// Entry of the thread that talks to the operating system's keychain. Its library freezes the thread that calls it
// until the keychain answers, which may mean until the person does. Only the Secret Service is used on Linux:
// the library's own second choice, the kernel's keyring, forgets everything at the next start.

import { parentPort } from 'node:worker_threads';

import type { KeychainAnswer, KeychainRequest } from './vault/index.ts';

const SERVICE = 'Strongroom';

const port = parentPort;
if (port === null) throw new Error('core/keychain-worker.ts runs in a worker thread only');

port.on('message', (request: KeychainRequest) => {
  void answer(request).then((message) => port.postMessage(message));
});

async function answer(request: KeychainRequest): Promise<KeychainAnswer> {
  let library;
  try {
    library = await import('@napi-rs/keyring');
  } catch (error) {
    return { kind: 'not-loaded', text: textOf(error) };
  }
  try {
    const entry = new library.Entry(SERVICE, request.account, { linux: { store: 'secret-service' } });
    switch (request.kind) {
      case 'read':
        return { kind: 'read', sizeBytes: hand(entry.getSecret(), new Uint8Array(request.room)) };
      case 'write':
        store((bytes) => entry.setSecret(bytes), new Uint8Array(request.room, 0, request.sizeBytes));
        return { kind: 'written' };
      case 'remove':
        return { kind: 'removed', existed: entry.deleteCredential() };
    }
  } catch (error) {
    return { kind: 'failed', text: textOf(error) };
  }
}

/** Puts what was found into the shared memory; its size in bytes, which may be more than there is room for. */
function hand(found: number[] | null, room: Uint8Array): number | null {
  if (found === null) return null;
  if (found.length <= room.length) room.set(found);
  found.fill(0);
  return found.length;
}

/** The library takes no shared memory. */
function store(set: (bytes: Uint8Array) => void, shared: Uint8Array): void {
  const bytes = new Uint8Array(shared);
  try {
    set(bytes);
  } finally {
    bytes.fill(0);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
