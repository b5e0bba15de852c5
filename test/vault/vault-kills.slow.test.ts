// The same as in vault-writers.process.test.ts, as often as docs/measurements.md says.

import { it } from 'vitest';

import { surviveKills } from './vault-kills.ts';

it('200 kills while a vault is written lose nothing', async () => {
  await surviveKills(200);
});
