// Migrates the catalogue at the given path as core/catalog does, but stops before the end of the transaction, says so and waits
// to be killed.

import { DatabaseSync } from 'node:sqlite';

import { MIGRATIONS } from '../../core/catalog/migrations.ts';

const [path = ''] = process.argv.slice(2);
const database = new DatabaseSync(path);
// So small a cache that what is not committed stands in the -wal file all the same.
database.exec('PRAGMA journal_mode = WAL; PRAGMA cache_size = 1; BEGIN IMMEDIATE');
for (const step of MIGRATIONS.slice(1)) database.exec(step);
database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
process.stdout.write('migrated, not committed');
setInterval(() => undefined, 1000);
