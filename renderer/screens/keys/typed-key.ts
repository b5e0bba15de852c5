// What can be said of a key while it is being typed, before anything is tried: how far it is, and what does not belong there. The
// rules of its form are in shared/key-format.ts. Pure; nothing of what is typed goes further than the sentence on the page.

import { isHomeAssistantKey, normaliseTypedKey } from '../../../shared/key-format.ts';

const LENGTH = 28;
const GROUP_LENGTH = 4;

export type TypedLook =
  | { readonly kind: 'empty' }
  /** Nothing but letters and digits so far, and fewer than a key has. */
  | { readonly kind: 'growing'; readonly typed: number; readonly group: number }
  /** All of it; `isChanged`: it is kept with other capitals or dashes than it was typed with. */
  | { readonly kind: 'key'; readonly isChanged: boolean }
  | { readonly kind: 'too-long'; readonly over: number }
  /** This character is in no key of Home Assistant. */
  | { readonly kind: 'foreign'; readonly character: string };

export function lookAtTyped(typed: string): TypedLook {
  if (typed.trim() === '') return { kind: 'empty' };
  const meant = normaliseTypedKey(typed);
  if (meant !== null) return { kind: 'key', isChanged: !isHomeAssistantKey(typed) };
  const letters = typed.normalize('NFKC').replace(/[\s\p{Pd}\p{Cf}\u2212_.]/gu, '');
  const foreign = /[^A-Za-z0-9]/u.exec(letters);
  if (foreign !== null) return { kind: 'foreign', character: foreign[0] };
  if (letters.length > LENGTH) return { kind: 'too-long', over: letters.length - LENGTH };
  const group = Math.min(LENGTH / GROUP_LENGTH, Math.floor(letters.length / GROUP_LENGTH) + 1);
  return { kind: 'growing', typed: letters.length, group };
}

/** A key in rows of groups, as people read it aloud; any other password in one piece. */
export function groupsOf(key: string): readonly string[] {
  return isHomeAssistantKey(key) ? key.split('-') : [key];
}
