// How a name from an archive is written on this computer: unchanged wherever the system allows it. Pure; the
// platform is an argument. Names that lead out of the folder never come here (entry-name.ts refuses them).

import { createHash } from 'node:crypto';

export type HostPlatform = 'linux' | 'darwin' | 'win32';

/** What file systems allow for one name: bytes of UTF-8 on Linux and macOS, UTF-16 units on Windows. */
const MAX_NAME_LENGTH = 255;
/** Longer endings are no file name extension. */
const MAX_EXTENSION_LENGTH = 16;

/** Devices of DOS, reserved in every folder and with every extension (Microsoft, “Naming Files, Paths, and Namespaces”). */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)/i;

/** The rules of this computer; systems that are neither Windows nor macOS follow Linux. */
export function hostPlatform(): HostPlatform {
  return process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux';
}

/** One component of a path as `platform` can have it. */
export function hostName(name: string, platform: HostPlatform): string {
  return shortened(platform === 'win32' ? windowsName(name) : name, '', platform);
}

/** `name` with a number before its extension: “a (2).yaml”. */
export function numberedName(name: string, number: number, platform: HostPlatform): string {
  return shortened(name, ` (${number})`, platform);
}

/** Two names with the same key are one file there. On Linux every name is its own. */
export function collisionKey(name: string, platform: HostPlatform): string {
  // Upper case first: it unites letters with several lower forms (ς, σ).
  return platform === 'linux' ? name : name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

function windowsName(name: string): string {
  const allowed = name
    .replace(/[<>:"/\\|?*\u0000-\u001f]/g, '_')
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  return RESERVED.test(allowed) ? `_${allowed}` : allowed;
}

/** `suffix` before the extension; a name that is too long loses its middle, for which a digest keeps it apart. */
function shortened(name: string, suffix: string, platform: HostPlatform): string {
  const [stem, extension] = splitExtension(name);
  const whole = `${stem}${suffix}${extension}`;
  if (lengthOn(whole, platform) <= MAX_NAME_LENGTH) return whole;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const end = `~${digest}${suffix}${extension}`;
  let kept = '';
  for (const character of stem) {
    if (lengthOn(kept + character + end, platform) > MAX_NAME_LENGTH) break;
    kept += character;
  }
  return kept + end;
}

function splitExtension(name: string): [string, string] {
  const dot = name.lastIndexOf('.');
  return dot <= 0 || name.length - dot > MAX_EXTENSION_LENGTH
    ? [name, '']
    : [name.slice(0, dot), name.slice(dot)];
}

function lengthOn(name: string, platform: HostPlatform): number {
  return platform === 'win32' ? name.length : Buffer.byteLength(name);
}
