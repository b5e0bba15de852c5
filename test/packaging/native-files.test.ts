// A package says what it lacks of the files of its own system, whatever system that is.

import { describe, expect, it } from 'vitest';

import { findMissingFiles } from '../../build/pack/native-files.ts';

const THREADS = ['worker.js', 'keychain-worker.js'];

describe('findMissingFiles', () => {
  it.each([
    ['linux', 'x64', 'linux-x64-gnu', []],
    ['linux', 'arm64', 'linux-arm64-gnu', []],
    ['darwin', 'arm64', 'darwin-arm64', ['macos-trash']],
    ['darwin', 'x64', 'darwin-x64', ['macos-trash']],
    ['win32', 'x64', 'win32-x64-msvc', ['windows-trash.exe']],
    ['win32', 'arm64', 'win32-arm64-msvc', ['windows-trash.exe']],
  ])('%s on %s', (platform, arch, keyring, trash) => {
    const sodium = `node_modules/sodium-native/prebuilds/${platform}-${arch}/sodium-native.node`;
    const keychain = `node_modules/@napi-rs/keyring-${keyring}/keyring.${keyring}.node`;
    const whole = [...THREADS, ...trash, sodium, keychain];
    const lacking = (missing: string): string[] =>
      findMissingFiles({ platform, arch, has: (path) => whole.includes(path) && path !== missing });

    expect(lacking('')).toEqual([]);
    for (const script of [...THREADS, ...trash]) expect(lacking(script)).toEqual([script]);
    expect(lacking(sodium)).toEqual([`sodium-native for ${platform}-${arch}`]);
    expect(lacking(keychain)).toEqual([`@napi-rs/keyring for ${platform}-${arch}`]);
  });

  it('refuses a system that Strongroom does not ship to', () => {
    expect(findMissingFiles({ platform: 'linux', arch: 'riscv64', has: () => true })).toEqual([
      '@napi-rs/keyring for linux-riscv64',
    ]);
  });
});
