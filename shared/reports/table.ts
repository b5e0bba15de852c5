// Columns for people: padded by what a terminal shows, not by how many code units a text has.

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}|[\u{20000}-\u{3FFFD}]/u;
const NO_WIDTH = /\p{M}|\u200D|\uFE0F/u;

/** How many cells a terminal gives to a text. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** The text filled up with blanks to `width` cells. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + blanks : blanks + text;
}

/** The text cut in its middle to at most `width` cells: the start and the end of a file name tell most. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 2) return '';
  const characters = Array.from(text);
  const take = (from: readonly string[], cells: number): string[] => {
    const taken: string[] = [];
    let used = 0;
    for (const character of from) {
      used += displayWidth(character);
      if (used > cells) break;
      taken.push(character);
    }
    return taken;
  };
  const start = take(characters, Math.floor((width - 1) / 2));
  const end = take(characters.toReversed(), Math.ceil((width - 1) / 2)).toReversed();
  return `${start.join('')}…${end.join('')}`;
}

/** Lines of a table with a heading; the last column is not filled up. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, index) => pad(cells[index] ?? '', widths[index] ?? 0, column.align))
      .join(GAP)
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...rows.map(line)];
}
