// Rules of every component that no compiler holds: colours come from the tokens, nothing is put into the page as markup or as an inline
// style.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const RENDERER = fileURLToPath(new URL('../../renderer', import.meta.url));
const files = globSync('**/*.svelte', { cwd: RENDERER }).sort();
const textOf = (file: string): string => readFileSync(`${RENDERER}/${file}`, 'utf8');
const styleOf = (file: string): string => /<style>([\s\S]*)<\/style>/.exec(textOf(file))?.[1] ?? '';

describe('components', () => {
  it('are there', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it('take their colours from the tokens', () => {
    const ownColour = /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(/i;
    expect(files.filter((file) => ownColour.test(styleOf(file)))).toEqual([]);
  });

  it('put nothing into the page that its policy refuses', () => {
    expect(files.filter((file) => /\{@html|<[a-z][^>]*\sstyle="/.test(textOf(file)))).toEqual([]);
  });

  it('say first what they are', () => {
    expect(files.filter((file) => !/^<!-- \S/.test(textOf(file)))).toEqual([]);
  });
});
