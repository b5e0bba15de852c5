// Which rows and columns of a long table are drawn.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { drawnRows, fittingColumns, scrollToShow } from '../../renderer/widgets/table-columns.ts';

describe('a virtual table', () => {
  it('draws what is in sight, and never many more', () => {
    fc.assert(
      fc.property(
        fc.nat(500_000),
        fc.integer({ min: 50, max: 2000 }),
        fc.integer({ min: 20, max: 60 }),
        fc.nat(10_000),
        (scrollTop, height, rowPixels, rowCount) => {
          const { first, end } = drawnRows(scrollTop, height, rowPixels, rowCount);
          expect(first).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(rowCount);
          expect(end - first).toBeLessThanOrEqual(Math.ceil(height / rowPixels) + 17);
          const firstInSight = Math.floor(scrollTop / rowPixels);
          if (firstInSight < rowCount) expect(first <= firstInSight && firstInSight < end).toBe(true);
        },
      ),
    );
  });

  it('draws nothing of nothing', () => {
    expect(drawnRows(4000, 600, 40, 0)).toEqual({ first: 0, end: 0 });
  });

  it('scrolls only as far as it takes to see a row', () => {
    expect(scrollToShow(3, 40, 0, 400, 36)).toBe(0);
    expect(scrollToShow(0, 40, 200, 400, 36)).toBe(0);
    expect(scrollToShow(10, 40, 0, 400, 36)).toBe(11 * 40 + 36 - 400);
  });

  it('leaves out the columns that give way', () => {
    const columns = [
      { id: 'name', label: 'Name', width: '1fr' },
      { id: 'size', label: 'Size', width: '80px', hideBelow: 700 },
      { id: 'copies', label: 'Copies', width: '80px', hideBelow: 900 },
    ];
    const shownAt = (width: number): string[] => fittingColumns(columns, width).map(({ id }) => id);
    expect(shownAt(1000)).toEqual(['name', 'size', 'copies']);
    expect(shownAt(899)).toEqual(['name', 'size']);
    expect(shownAt(100)).toEqual(['name']);
  });
});
