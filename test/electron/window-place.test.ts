import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { GROUND } from '../../electron/ground.ts';
import { DEFAULT_SIZE, placeWindow } from '../../electron/window-place.ts';

const MAIN = { x: 0, y: 25, width: 1920, height: 1055 };
const LEFT = { x: -1280, y: 0, width: 1280, height: 1024 };

describe('the place of the window', () => {
  it('is the middle of the main screen at the first start', () => {
    const { x, width } = placeWindow(null, [MAIN, LEFT]);
    expect(width).toBe(DEFAULT_SIZE.width);
    expect(x).toBe((MAIN.width - DEFAULT_SIZE.width) / 2);
  });

  it('is where it was, also partly beside a screen and on another one', () => {
    for (const place of [
      { x: 1700, y: 300, width: 800, height: 600 },
      { x: -1200, y: 10, width: 800, height: 600 },
    ])
      expect(placeWindow(place, [MAIN, LEFT])).toEqual(place);
  });

  it('comes back to the main screen when its own was taken away', () => {
    const place = placeWindow({ x: -1200, y: 10, width: 800, height: 600 }, [MAIN]);
    expect(place).toMatchObject({ width: 800, height: 600 });
    expect(place.x).toBeGreaterThanOrEqual(MAIN.x);
  });

  it('never hides the title bar under the bar of the system', () => {
    expect(placeWindow({ x: 100, y: 0, width: 800, height: 600 }, [MAIN]).y).toBeGreaterThanOrEqual(MAIN.y);
  });

  it('can always be taken hold of, wherever it was and whatever screens there are', () => {
    const whole = fc.integer({ min: -50_000, max: 50_000 });
    const length = fc.integer({ min: 200, max: 6000 });
    const area = fc.record({ x: whole, y: whole, width: length, height: length });
    fc.assert(
      fc.property(area, fc.array(area, { minLength: 1, maxLength: 4 }), (wanted, areas) => {
        const place = placeWindow(wanted, areas);
        expect(
          areas.some(
            (each) =>
              place.y >= each.y &&
              place.y < each.y + each.height &&
              place.x < each.x + each.width &&
              place.x + place.width > each.x &&
              place.width <= each.width &&
              place.height <= each.height,
          ),
        ).toBe(true);
      }),
    );
  });
});

it('is filled with the ground of the page, in both themes', () => {
  const tokens = readFileSync(new URL('../../renderer/design/tokens.css', import.meta.url), 'utf8');
  const [, light, dark] = /--ground: light-dark\((#\w+), (#\w+)\)/.exec(tokens) ?? [];
  expect(GROUND).toEqual({ light, dark });
});
