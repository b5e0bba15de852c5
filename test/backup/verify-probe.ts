// A program of its own that verifies one backup and tells what it cost: file, level, password.

import { inlineRunner, verify } from '../../core/backup/index.ts';
import { loadSodium } from '../../core/securetar/index.ts';
import type { VerifyLevel } from '../../shared/backup.ts';

const [path = '', level = 'full', password = ''] = process.argv.slice(2);
const key = { label: 'key', password: Buffer.from(password) };
const { status, members } = await verify(
  path,
  { level: level as VerifyLevel, keys: [key] },
  inlineRunner(await loadSodium()),
);
const tarBytes = members.reduce((sum, member) => sum + member.tarBytes, 0);
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ status, tarBytes, peakRssBytes }));
