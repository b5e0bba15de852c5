// docs/calls.md says what the contract says.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

import { REFERENCE_PATH, renderReference } from '../../build/reference.ts';
import { contract } from '../../shared/contract/index.ts';

it('is what the contract makes of it now; otherwise run: node build/reference.ts', async () => {
  const text = await renderReference();
  expect(readFileSync(REFERENCE_PATH, 'utf8')).toBe(text);
  for (const name of Object.keys(contract)) expect(text).toContain(`### \`${name}\``);
});
