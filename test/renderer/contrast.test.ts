// WCAG 2.2: text 4.5 to 1 on every ground it stands on, edges of controls and the focus ring 3 to 1, in both themes.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const TOKENS = fileURLToPath(new URL('../../renderer/design/tokens.css', import.meta.url));
const THEMES = ['light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const GROUNDS = ['ground', 'surface', 'raised', 'sunken', 'hover', 'selected'];
const TEXT_ON: Readonly<Record<string, readonly string[]>> = {
  text: [...GROUNDS, 'accent-ground', 'good-ground', 'warning-ground', 'bad-ground'],
  'text-quiet': [...GROUNDS, 'accent-ground', 'good-ground', 'warning-ground', 'bad-ground'],
  accent: [...GROUNDS, 'accent-ground'],
  'accent-hover': GROUNDS,
  good: [...GROUNDS, 'good-ground'],
  warning: [...GROUNDS, 'warning-ground'],
  bad: [...GROUNDS, 'bad-ground'],
  'text-on-accent': ['accent', 'accent-hover'],
  'text-on-bad': ['bad-solid'],
};
const EDGE_ON: Readonly<Record<string, readonly string[]>> = {
  edge: ['ground', 'surface', 'raised', 'sunken'],
  focus: [...GROUNDS],
  accent: ['line'],
};

describe.each(THEMES)('the %s theme', (theme) => {
  it.each(pairs(TEXT_ON))('can be read: %s on %s', (text, ground) => {
    expect(contrast(colour(text, theme), colour(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(pairs(EDGE_ON))('can be told apart: %s on %s', (edge, ground) => {
    expect(contrast(colour(edge, theme), colour(ground, theme))).toBeGreaterThanOrEqual(3);
  });
});

describe('colours', () => {
  it('stand in the tokens only', () => {
    const css = readFileSync(TOKENS, 'utf8');
    expect(css.match(/light-dark\(/g)?.length).toBeGreaterThan(20);
    expect(contrast('#ffffff', '#000000')).toBeCloseTo(21, 1);
  });
});

function pairs(on: Readonly<Record<string, readonly string[]>>): [string, string][] {
  return Object.entries(on).flatMap(([front, grounds]) =>
    grounds.map((ground): [string, string] => [front, ground]),
  );
}

function colour(name: string, theme: Theme): string {
  const found = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(
    readFileSync(TOKENS, 'utf8'),
  );
  const value = found?.[theme === 'light' ? 1 : 2];
  if (value === undefined) throw new Error(`There is no colour --${name} in both themes.`);
  return value;
}

function contrast(a: string, b: string): number {
  const [brighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (brighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
