// Which files of the system's own kind a package must bring, by system and processor, beside the archive.

export interface PackedFor {
  /** As Node calls them: linux, darwin, win32. */
  readonly platform: string;
  readonly arch: string | undefined;
  /** Whether the package has it, unpacked; from the folder of the program. */
  readonly has: (path: string) => boolean;
}

/** Names of the keychain's packages; each is installed only where it runs. */
const KEYCHAIN: Record<string, string> = {
  'linux-x64': 'linux-x64-gnu', // Electron itself runs with no other C library
  'linux-arm64': 'linux-arm64-gnu',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
  'win32-x64': 'win32-x64-msvc',
  'win32-arm64': 'win32-arm64-msvc',
};
const TRASH: Record<string, string> = { darwin: 'macos-trash', win32: 'windows-trash.exe' };

/** Names of what is missing; empty where the package is whole. */
export function findMissingFiles({ platform, arch = '', has }: PackedFor): string[] {
  const system = `${platform}-${arch}`;
  const missing = ['worker.js', 'keychain-worker.js', TRASH[platform]].filter(
    (path) => path !== undefined && !has(path),
  ) as string[];
  if (!has(`node_modules/sodium-native/prebuilds/${system}/sodium-native.node`))
    missing.push(`sodium-native for ${system}`);
  const keychain = KEYCHAIN[system];
  if (keychain === undefined || !has(`node_modules/@napi-rs/keyring-${keychain}/keyring.${keychain}.node`))
    missing.push(`@napi-rs/keyring for ${system}`);
  return missing;
}
