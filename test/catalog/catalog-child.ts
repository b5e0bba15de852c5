// One of several processes that use one catalogue. Opens it and writes copies and trials of its own and of all, as fast
// as it can; answers with one line.

import { openCatalog } from '../../core/catalog/index.ts';
import { toPlainError } from '../../shared/errors.ts';
import { BACKUP, STAMP } from './catalog-samples.ts';

const [path = '', name = '', startAt = '0', rounds = '0'] = process.argv.slice(2);
while (Date.now() < Number(startAt)); // all at the same instant, so not by a timer
try {
  const catalog = openCatalog(path);
  for (let round = 0; round < Number(rounds); round++) {
    catalog.rememberCopy(`/backups/${name}-${round}.tar`, STAMP, BACKUP);
    catalog.rememberTrials(BACKUP.identity, [
      { keyId: `${name}-${round}`, outcome: 'none', settledPositions: [] },
      { keyId: 'shared', outcome: 'all', settledPositions: [0, 2] },
    ]);
    if (catalog.findUnchanged(`/backups/${name}-${round}.tar`, STAMP) === null) throw new Error('lost');
  }
  catalog.close();
  process.stdout.write('done');
} catch (error) {
  const { code, message } = toPlainError(error);
  process.stdout.write(`${code} ${message}`);
}
