// The icons in the repository: every size that a system asks for, and containers that hold what their directory says.

import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

const icon = (name: string): Promise<Buffer> =>
  readFile(new URL(`../../build/icons/${name}`, import.meta.url));

describe('the icons', () => {
  it.each([16, 24, 32, 48, 64, 128, 256, 512, 1024])('has a PNG of %i pixels', async (sizePx) => {
    expect(sizeOf(await icon(`png/${String(sizePx)}x${String(sizePx)}.png`))).toEqual([sizePx, sizePx]);
  });

  it('has tray icons for normal and dense screens', async () => {
    for (const name of ['tray', 'trayTemplate']) {
      for (const [suffix, sizePx] of [
        ['', 16],
        ['@2x', 32],
        ['@3x', 48],
      ] as const)
        expect(sizeOf(await icon(`tray/${name}${suffix}.png`)), `${name}${suffix}`).toEqual([sizePx, sizePx]);
    }
  });

  it('has an ICO with the sizes that Windows picks from', async () => {
    const ico = await icon('icon.ico');
    const sizes: number[] = [];
    for (let index = 0; index < ico.readUInt16LE(4); index += 1) {
      const at = 6 + index * 16;
      const [sizeBytes, offset] = [ico.readUInt32LE(at + 8), ico.readUInt32LE(at + 12)];
      const [widthPx = 0] = sizeOf(ico.subarray(offset, offset + sizeBytes));
      expect(ico.readUInt8(at)).toBe(widthPx % 256);
      sizes.push(widthPx);
    }
    expect(sizes).toEqual([16, 24, 32, 48, 64, 128, 256]);
  });

  it('has an ICNS with the sizes that macOS picks from', async () => {
    const icns = await icon('icon.icns');
    expect(icns.toString('latin1', 0, 4)).toBe('icns');
    expect(icns.readUInt32BE(4)).toBe(icns.length);
    const sizes = new Map<string, number>();
    for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) {
      const [widthPx = 0] = sizeOf(icns.subarray(at + 8));
      sizes.set(icns.toString('latin1', at, at + 4), widthPx);
    }
    expect(Object.fromEntries(sizes)).toEqual({
      ...{ icp4: 16, icp5: 32, ic11: 32, ic12: 64, ic07: 128 },
      ...{ ic08: 256, ic13: 256, ic09: 512, ic14: 512, ic10: 1024 },
    });
  });
});

/** Width and height in pixels of a PNG. */
function sizeOf(png: Buffer): number[] {
  expect(png.toString('latin1', 1, 4)).toBe('PNG');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}
