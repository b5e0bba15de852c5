// The two containers in which systems want icons: ICO (Windows) and ICNS (macOS). Both hold whole PNG files here, which Windows reads
// since Vista and macOS since 10.7.

export interface DrawnIcon {
  readonly sizePx: number;
  readonly png: Buffer;
}

/** Types of ICNS entries that hold PNG, by the pixels of their picture; 2x types show the same picture on dense screens. */
const ICNS_TYPES: Record<number, readonly string[]> = {
  16: ['icp4'],
  32: ['icp5', 'ic11'],
  64: ['ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
  1024: ['ic10'],
};

/** Icons of at most 256 pixels; a size of 256 is written as 0. */
export function packIco(icons: readonly DrawnIcon[]): Buffer {
  const header = Buffer.alloc(6 + icons.length * 16);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(icons.length, 4);
  let offset = header.length;
  for (const [index, { sizePx, png }] of icons.entries()) {
    const at = 6 + index * 16;
    header.writeUInt8(sizePx % 256, at);
    header.writeUInt8(sizePx % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(png.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([header, ...icons.map(({ png }) => png)]);
}

/** Sizes that ICNS has no type for are left out. */
export function packIcns(icons: readonly DrawnIcon[]): Buffer {
  const entries = icons.flatMap(({ sizePx, png }) =>
    (ICNS_TYPES[sizePx] ?? []).map((type) =>
      Buffer.concat([Buffer.from(type, 'latin1'), uint32(png.length + 8), png]),
    ),
  );
  const sizeBytes = entries.reduce((sum, entry) => sum + entry.length, 8);
  return Buffer.concat([Buffer.from('icns', 'latin1'), uint32(sizeBytes), ...entries]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
