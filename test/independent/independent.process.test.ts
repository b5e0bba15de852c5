// The independent reader's own tests: a second opinion is worth something only if it is right by itself.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

import { independentReaderMissing } from '../support/independent-reader.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

it.skipIf(independentReaderMissing() !== null)(
  'the reader in Python agrees with every fixture and refuses every damaged one',
  () => {
    const run = spawnSync('/usr/bin/python3', ['-m', 'unittest', 'discover', '-s', here], {
      encoding: 'utf8',
    });
    expect(run.stderr).toMatch(/^Ran [1-9]\d* tests/m);
    expect(run.stderr).toMatch(/^OK$/m);
    expect(run.status).toBe(0);
  },
);
