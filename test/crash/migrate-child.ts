// The process that is killed: migrates one backup in place and tells on stdout, at once, which phase it enters.
// node migrate-child.ts <backup> <keep|quarantine|trash> <password>

import { writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openStrongroom } from '../../core/strongroom.ts';
import type { OriginalsPolicy } from '../../shared/backup.ts';

const [path = '', originals = 'keep', password = ''] = process.argv.slice(2);
const strongroom = await openStrongroom({ dataFolder: join(tmpdir(), 'no-strongroom'), threads: 2 });
let phase = '';
tell('begun');
const report = await strongroom.recode(path, {
  operation: 'migrate',
  keys: [{ label: 'the key', password: Buffer.from(password) }],
  destination: { kind: 'in-place', originals: originals as OriginalsPolicy },
  onProgress: (progress) => {
    if (progress.phase !== phase) tell((phase = progress.phase));
  },
});
tell(report.outcome);
await strongroom.close();

function tell(what: string): void {
  writeSync(1, `${what}\n`);
}
