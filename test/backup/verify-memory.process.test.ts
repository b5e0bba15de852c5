// Memory stays bounded whatever a backup unpacks to: the bomb is verified in a process of its own, whose peak is
// what the system says.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

import { FIXTURES, PASSWORD } from '../support/fixtures.ts';

const PROBE = fileURLToPath(new URL('verify-probe.ts', import.meta.url));

test.each(['full', 'deep'])('256 MiB of zeros out of a few hundred KiB take under 200 MiB (%s)', (level) => {
  const output = execFileSync(process.execPath, [
    PROBE,
    join(FIXTURES, 'bad/evil-bomb.tar'),
    level,
    PASSWORD,
  ]);
  const { status, tarBytes, peakRssBytes } = JSON.parse(String(output)) as Record<string, number | string>;
  expect(status).toBe('good');
  expect(tarBytes).toBeGreaterThan(256 * 1024 ** 2);
  expect(peakRssBytes).toBeLessThan(200 * 1024 ** 2);
});
