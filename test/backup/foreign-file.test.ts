// What is not a backup is named for what it is, and its content is never repeated.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

import { inspect } from '../../core/backup/index.ts';
import { toPlainError } from '../../shared/errors.ts';
import { scratch } from '../support/fixtures.ts';
import { HOME_ASSISTANT, metadata, outer, write } from './crafted-backups.ts';

test.each([
  ['nothing', '', 'an empty file'],
  ['a page', '<!DOCTYPE html><html>secret</html>', 'a web page'],
  ['a page after spaces and a byte order mark', '\uFEFF\r\n  <HTML lang="en">', 'a web page'],
  ['a page without doctype', '<head><title>x</title>', 'a web page'],
  ['XML', '<?xml version="1.0"?><Error>secret</Error>', 'an XML or web document'],
  ['JSON', '{"message":"401: secret"}', 'a JSON text, often an error message of a server'],
  ['a gzip', gzipSync('secret'), 'a gzip archive'],
  ['a zip', 'PK\x03\x04secret', 'a zip archive'],
  ['a rar', 'Rar!\x1a\x07', 'a compressed archive'],
  ['a 7z', Buffer.from('377abcaf271c0004', 'hex'), 'a compressed archive'],
  ['a database', 'SQLite format 3\0secret', 'an SQLite database'],
  ['one encrypted part', `SecureTar\x03${'\0'.repeat(200)}`, 'one encrypted part taken out of a backup'],
  ['zeros', Buffer.alloc(30_000), 'a file of zeros'],
  ['text', 'secret notes', 'something else: it does not begin like a tar archive'],
  [
    'random bytes',
    Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * 73 + 130) % 256)),
    'something else',
  ],
])('%s', async (_, content, says) => {
  const error = await inspect(await write(Buffer.from(content as string))).then(() => null, toPlainError);
  expect(error).toMatchObject({ code: 'NOT_A_BACKUP', hint: expect.stringMatching(/\.$/) as string });
  expect(error?.message).toContain(`This is not a backup, but ${says}`);
  expect(JSON.stringify(error)).not.toContain('secret');
});

test('a folder is not a file, and a file that is not there is the system’s word', async () => {
  const folder = await scratch();
  mkdirSync(join(folder, 'backup.tar'));
  await expect(inspect(join(folder, 'backup.tar'))).rejects.toMatchObject({ code: 'NOT_A_BACKUP' });
  const missing = await inspect(join(folder, 'missing.tar')).then(() => null, toPlainError);
  expect(missing?.code).toBe('IO_FAILED');
});

test('a backup whose first block is damaged is said to be damaged at its start', async () => {
  const path = join(await scratch(), 'backup.tar');
  const bytes = outer([HOME_ASSISTANT, metadata()]);
  bytes[10] = 0xff;
  writeFileSync(path, bytes);
  const error = await inspect(path).then(() => null, toPlainError);
  expect(error).toMatchObject({
    code: 'NOT_A_BACKUP',
    hint: expect.stringContaining('damaged at its start') as string,
  });
});
