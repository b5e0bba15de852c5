// A path as people bring it to a terminal: typed, pasted from a file manager, or dragged onto the window, which
// puts quotes around it, escapes its blanks or makes a file:// address of it.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path meant; '' for an empty line. */
export function readTypedPath(
  typed: string,
  { homeFolder, platform }: { readonly homeFolder: string; readonly platform: NodeJS.Platform },
): string {
  const text = typed.trim();
  if (/^file:\/\//i.test(text)) return fromAddress(text);
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  const plain =
    quoted === null ? unescape(text, platform) : fromQuotes(quoted[2] ?? '', quoted[1] ?? '', platform);
  if (quoted === null && (plain === '~' || /^~[/\\]/.test(plain))) return join(homeFolder, plain.slice(1));
  return plain;
}

function fromAddress(text: string): string {
  try {
    return fileURLToPath(text);
  } catch {
    return text;
  }
}

/** A backslash is a part of the path on Windows, and protects the next character elsewhere. */
function unescape(text: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? text : text.replace(/\\(.)/gs, '$1');
}

/** Inside single quotes a quote is written '\''; inside double quotes \" and \\ are escapes. */
function fromQuotes(text: string, quote: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return text;
  return quote === "'" ? text.replaceAll(`'\\''`, "'") : text.replace(/\\(["\\$`])/g, '$1');
}
