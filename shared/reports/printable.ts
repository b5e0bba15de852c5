// Names and messages from a backup are data: nothing in them may move the cursor, change colours, end a line
// or reverse the reading direction of the person's terminal.

/** C0, DEL, C1, line separators, direction marks and overrides, invisible characters, lone surrogates. */
const UNPRINTABLE =
  /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]|\p{Cs}/gu;

/** The text with every such character replaced by a visible `\u{…}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
