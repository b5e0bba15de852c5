// A process that scans the library's folders: node scan-child.ts <catalogue>. It tells on stdout of every file that it begins to
// inspect, and the report at the end.

import { writeSync } from 'node:fs';

import { inspect } from '../../core/backup/index.ts';
import { openCatalog } from '../../core/catalog/index.ts';
import { scanFolders } from '../../core/library/scan-folders.ts';

const [catalogPath = ''] = process.argv.slice(2);
const catalog = openCatalog(catalogPath);
const engine = {
  inspect: (path: string) => {
    tell('inspects');
    return inspect(path);
  },
};
tell(JSON.stringify(await scanFolders({ catalog, engine })));
catalog.close();

function tell(what: string): void {
  writeSync(1, `${what}\n`);
}
