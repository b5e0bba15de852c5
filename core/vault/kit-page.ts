// The printable page of one key, as a PDF: to be read by a worried person without this program, perhaps years from now.
// pdfkit takes strings, so the key passes through strings here; they are not kept. It stands in the page's content only, never
// in the document's properties. Same input and date, same bytes.

import { StrongroomError } from '../../shared/errors.ts';
import { LOOK_ALIKE_PAIRS } from '../../shared/key-format.ts';
import type { KeyInfo, KeyUse } from '../../shared/keys.ts';
import {
  canPrint,
  defaultFontFolder,
  printableText,
  registerPageFonts,
  type PageDocument,
} from './kit-page-fonts.ts';
import { layOutKey, type KeyGrid } from './kit-page-key.ts';
import { drawKeyBox } from './kit-page-key-box.ts';
import { GREY, PAGE, shorten, WIDTH, write } from './kit-page-paper.ts';

/** What the page says besides the key. */
export interface KeyPageFields extends Pick<
  KeyInfo,
  'label' | 'state' | 'instance' | 'url' | 'kitDate' | 'fingerprint'
> {
  /** What it opens, as far as backups are known; null or left out where nobody has looked. */
  readonly use?: KeyUse | null;
}

export interface KeyPageOptions {
  /** When the page is made. */
  readonly now?: Date;
  /** IANA name; the machine's own when left out. */
  readonly timeZone?: string | undefined;
  /** Folder with the files of PAGE_FONT_FILES; those of the npm package when left out. */
  readonly fontFolder?: string | undefined;
}

const HAIRLINE = 0.6;

const NOT_PRINTABLE = '(in letters that this page cannot print: write it here)';

/**
 * One page with the key in large characters and as a square code. The bytes hold the key: wipe them when they are written.
 * @throws USAGE the key cannot be printed without doubt; IO_FAILED the fonts are missing
 */
export async function renderKeyPage(
  fields: KeyPageFields,
  key: Buffer,
  options: KeyPageOptions = {},
): Promise<Buffer> {
  const now = options.now ?? new Date();
  const { default: Document } = await import('pdfkit');
  const doc = new Document({
    size: [PAGE.width, PAGE.height],
    margin: 0,
    compress: true,
    font: '', // none of the built-in ones, which would be read from files beside the program
    lang: 'en',
    info: {
      Title: 'Encryption key of Home Assistant backups',
      Creator: 'Strongroom',
      Producer: 'Strongroom',
      CreationDate: now,
    },
  });
  const written = collect(doc);
  await registerPageFonts(doc, options.fontFolder ?? defaultFontFolder());
  const grid = layOutKey(key, (character) => canPrint(doc, 'key', character));
  const day = (date: Date): string =>
    new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: options.timeZone }).format(date);

  let y = drawHead(doc, fields, day(now));
  y = await drawKeyBox(doc, grid, y);
  y = drawFacts(doc, fields, day, y + 24);
  y = drawSteps(doc, grid, y + 22);
  const footTop = drawFoot(doc);
  const byHandTop = drawByHand(doc, footTop);
  if (y > byHandTop - 6) throw new StrongroomError('INTERNAL', 'The key page has more on it than fits.');
  doc.end();
  return written;
}

function drawHead(doc: PageDocument, fields: KeyPageFields, printed: string): number {
  const overline = { characterSpacing: 0.5, lineBreak: false } as const;
  write(doc, 'bold', 8, 'KEY TO HOME ASSISTANT BACKUPS', PAGE.left, PAGE.top, overline);
  const made = `printed on ${printed} by Strongroom`;
  doc.font('text').fontSize(8);
  write(doc, 'text', 8, made, PAGE.right - doc.widthOfString(made), PAGE.top, { lineBreak: false }, GREY);
  const title = printableText(doc, 'bold', fields.label) ?? 'Encryption key';
  const { size, text } = fitTitle(doc, title);
  let y = PAGE.top + 20;
  y = write(doc, 'bold', size, text, PAGE.left, y, { width: WIDTH, lineGap: 1 }) + 7;
  const warning = STATE_WARNINGS[fields.state];
  if (warning !== null) y = write(doc, 'bold', 9.5, warning, PAGE.left, y, { width: WIDTH }) + 6;
  const intro =
    'With this key, Home Assistant can restore the backups that were encrypted with it. Without it nobody can open them, ' +
    'and nobody can give you a new one. Whoever holds this page can open them, too.';
  return write(doc, 'text', 10, intro, PAGE.left, y, { width: WIDTH, lineGap: 2.5 }) + 16;
}

const STATE_WARNINGS: Readonly<Record<KeyInfo['state'], string | null>> = {
  active: null,
  retired: 'Retired: new backups have another key. Older ones still need this page.',
  compromised: 'Compromised: somebody else may know this key. Backups may still need it.',
};

/** The largest size in which the title takes one line; two lines of the smallest at most. */
function fitTitle(doc: PageDocument, title: string): { size: number; text: string } {
  doc.font('bold');
  for (const size of [26, 22, 18, 15]) {
    if (doc.fontSize(size).widthOfString(title) <= WIDTH) return { size, text: title };
  }
  return { size: 13, text: shorten(doc.fontSize(13), title, 1.8 * WIDTH) };
}

function drawFacts(
  doc: PageDocument,
  fields: KeyPageFields,
  day: (date: Date) => string,
  top: number,
): number {
  const rows: (readonly [string, string | null])[] = [
    ['Opens', describeUse(fields.use ?? null, day)],
    ['Name', printableText(doc, 'bold', fields.label) === null ? NOT_PRINTABLE : null],
    [
      'Home Assistant',
      fields.instance === null ? null : (printableText(doc, 'text', fields.instance) ?? NOT_PRINTABLE),
    ],
    ['Address', fields.url === null ? null : (printableText(doc, 'text', fields.url) ?? NOT_PRINTABLE)],
    [
      'Emergency kit of',
      fields.kitDate === null ? null : (printableText(doc, 'text', fields.kitDate) ?? NOT_PRINTABLE),
    ],
    ['Fingerprint', `${fields.fingerprint}   (names this key in Strongroom; it opens nothing)`],
  ];
  let y = top;
  for (const [name, value] of rows) {
    if (value === null) continue;
    write(doc, 'text', 9, name, PAGE.left, y, { lineBreak: false }, GREY);
    doc.font('text').fontSize(9);
    const text = shorten(doc, value, (name === 'Address' ? 1.8 : 0.98) * (WIDTH - 110));
    y =
      write(doc, name === 'Opens' ? 'bold' : 'text', 9, text, PAGE.left + 110, y, {
        width: WIDTH - 110,
        lineGap: 1,
      }) + 4;
  }
  return y;
}

function describeUse(use: KeyUse | null, day: (date: Date) => string): string | null {
  if (use === null || use.backupCount === 0) return null;
  const count = use.backupCount === 1 ? '1 backup' : `${use.backupCount} backups`;
  const [from, to] = [use.earliest, use.latest].map((iso) => {
    const date = new Date(iso ?? NaN);
    return Number.isNaN(date.getTime()) ? null : day(date);
  });
  if (from == null || to == null) return `${count} that Strongroom knew when this was printed`;
  return from === to ? `${count}, of ${from}` : `${count}, from ${from} to ${to}`;
}

function drawSteps(doc: PageDocument, grid: KeyGrid, top: number): number {
  const typed = grid.kind === 'home-assistant' ? 'with its dashes' : 'exactly as it stands here';
  const steps = [
    'Start the new Home Assistant and choose to restore a backup: on its welcome screen, or later in Settings, System, Backups.',
    `Upload the backup. When it asks for the encryption key, type the key ${typed}, or scan the square code with a phone and copy the text. Delete it from the phone afterwards.`,
    `If it is refused, compare the characters that look alike: ${LOOK_ALIKE_PAIRS}. If it still is, the backup has another key, from before or after this one.`,
  ];
  let y = write(doc, 'bold', 11, 'To restore a backup', PAGE.left, top, { lineBreak: false }) + 6;
  for (const [index, step] of steps.entries()) {
    write(doc, 'bold', 9, `${index + 1}`, PAGE.left, y, { lineBreak: false });
    y = write(doc, 'text', 9, step, PAGE.left + 18, y, { width: WIDTH - 18, lineGap: 2 }) + 4;
  }
  return y;
}

const BY_HAND_ROWS = 2;
const BY_HAND_ROW_HEIGHT = 28;

/** Places to write on, for what only the person knows; stands on the foot, wherever the rest ends. @returns its top */
function drawByHand(doc: PageDocument, footTop: number): number {
  const top = footTop - BY_HAND_ROWS * BY_HAND_ROW_HEIGHT - 44;
  let y = write(doc, 'bold', 11, 'By hand', PAGE.left, top, { lineBreak: false }) + 12;
  const lines: readonly (readonly [string, number, number])[] = [
    ['Kept at', PAGE.left, 275],
    ['Checked on', PAGE.left + 295, WIDTH - 295],
  ];
  for (let row = 0; row < BY_HAND_ROWS; row++) {
    for (const [name, x, width] of lines) {
      write(doc, 'text', 9, name, x, y, { lineBreak: false }, GREY);
      doc.font('text').fontSize(9);
      const start = x + doc.widthOfString(name) + 8;
      doc
        .lineWidth(HAIRLINE)
        .strokeColor(GREY)
        .moveTo(start, y + 11)
        .lineTo(x + width, y + 11)
        .stroke();
    }
    y += BY_HAND_ROW_HEIGHT;
  }
  return top;
}

/** @returns where it begins */
function drawFoot(doc: PageDocument): number {
  const text =
    'Keep this page like the key to your front door: in a safe place, not beside the backups, not as a photo. ' +
    'When you change the key in Home Assistant, keep this page for the older backups and print another.';
  doc.font('text').fontSize(8.5);
  const y = PAGE.bottom - doc.heightOfString(text, { width: WIDTH, lineGap: 2 });
  doc
    .lineWidth(HAIRLINE)
    .strokeColor(GREY)
    .moveTo(PAGE.left, y - 8)
    .lineTo(PAGE.right, y - 8)
    .stroke();
  write(doc, 'text', 8.5, text, PAGE.left, y, { width: WIDTH, lineGap: 2 }, GREY);
  return y - 8;
}

async function collect(doc: PageDocument): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of doc as AsyncIterable<Buffer>) pieces.push(piece);
  const whole = Buffer.concat(pieces);
  for (const piece of pieces) piece.fill(0);
  return whole;
}
