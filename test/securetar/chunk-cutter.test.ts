// Cutting pieces into chunks: what lies whole in a piece is not copied, the rest is joined, ends are noticed.

import { describe, expect, test } from 'vitest';
import { ChunkCutter } from '../../core/securetar/chunk-cutter.ts';

const cutter = (): ChunkCutter => new ChunkCutter(3, (chunk) => (chunk === 2 ? 4 : 10));

describe('ChunkCutter', () => {
  test('a chunk that lies whole in a piece is a view of it', () => {
    const piece = Buffer.from('0123456789abcdefghijwxyz');
    const chunks = [...cutter().cut(piece)];
    expect(chunks.map((chunk) => Buffer.from(chunk).toString())).toEqual([
      '0123456789',
      'abcdefghij',
      'wxyz',
    ]);
    for (const chunk of chunks) expect(chunk.buffer).toBe(piece.buffer);
  });

  test('others are joined, then views again', () => {
    const cut = cutter();
    expect([...cut.cut(Buffer.from('012'))]).toEqual([]);
    const piece = Buffer.from('3456789abcdefghij');
    const chunks = Array.from(cut.cut(piece), (chunk) => ({ text: Buffer.from(chunk).toString(), chunk }));
    expect(chunks.map(({ text }) => text)).toEqual(['0123456789', 'abcdefghij']);
    expect(chunks.map(({ chunk }) => chunk.buffer === piece.buffer)).toEqual([false, true]);
    expect(cut.takenBytes).toBe(20);
    expect([...cut.cut(Buffer.alloc(0))]).toEqual([]);
  });

  test('what follows the last chunk is an overrun, not a chunk', () => {
    const cut = cutter();
    expect([...cut.cut(Buffer.alloc(24))].length).toBe(3);
    expect(cut.overrun).toBe(false);
    expect([...cut.cut(Buffer.alloc(1))]).toEqual([]);
    expect(cut.overrun).toBe(true);
    expect(cut.takenBytes).toBe(24);
  });
});
