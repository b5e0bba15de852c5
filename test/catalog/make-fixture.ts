// Makes test/fixtures/catalog/v3.sqlite anew: node test/catalog/make-fixture.ts <path of the new file>. A stored database
// is never replaced once its version has been released.

import { openCatalog } from '../../core/catalog/index.ts';
import { fillVersion3 } from './catalog-samples.ts';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('Which file is to be made?');
const catalog = openCatalog(path, () => new Date('2025-03-03T00:00:00.000Z'));
fillVersion3(catalog);
catalog.close();
