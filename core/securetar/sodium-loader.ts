// Chooses the libsodium provider: native where its prebuild loads, else WebAssembly. It must never import
// either library before it is asked to.

import { StrongroomError } from '../../shared/errors.ts';
import { nativeFailure, nativeSodium } from './sodium-native.ts';
import type { SodiumProvider } from './sodium.ts';

/** Set to `wasm` or `native` to force one, for tests. */
const FORCE_VARIABLE = 'STRONGROOM_SODIUM';

let chosen: Promise<SodiumProvider> | undefined;
let wasm: Promise<SodiumProvider> | undefined;

/**
 * The provider for this process; the first call decides.
 * @throws USAGE STRONGROOM_SODIUM is neither `native` nor `wasm`
 * @throws INTERNAL the forced one does not load
 */
export function loadSodium(): Promise<SodiumProvider> {
  chosen ??= choose();
  return chosen;
}

/**
 * One provider by name.
 * @throws INTERNAL it does not load on this machine
 */
export async function loadProvider(name: SodiumProvider['name']): Promise<SodiumProvider> {
  if (name === 'wasm') {
    wasm ??= import('./sodium-wasm.ts').then((module) => module.startWasmSodium());
    return wasm;
  }
  const native = nativeSodium();
  if (native === null) {
    throw new StrongroomError('INTERNAL', `The native libsodium does not load: ${nativeFailure()}`, {
      hint: `Unset ${FORCE_VARIABLE}, so that the WebAssembly one is used.`,
    });
  }
  return native;
}

async function choose(): Promise<SodiumProvider> {
  const forced = process.env[FORCE_VARIABLE];
  if (forced === undefined || forced === '') return nativeSodium() ?? loadProvider('wasm');
  if (forced !== 'native' && forced !== 'wasm') {
    throw new StrongroomError('USAGE', `${FORCE_VARIABLE} must be "native" or "wasm".`);
  }
  return loadProvider(forced);
}
