// A rewritten backup belongs to whom its original belonged to, where the system allows it, and is never lost where it does not.

import { stat, writeFile, type chown } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { keepOwner } from '../../core/backup/recode/recode.ts';
import { scratch } from '../support/fixtures.ts';

const refusing =
  (code: string): typeof chown =>
  () =>
    Promise.reject(Object.assign(new Error('no'), { code }));

async function newFile(): Promise<string> {
  const path = join(await scratch(), 'new.tar');
  await writeFile(path, 'x');
  return path;
}

it('leaves a file alone that belongs to the right user already', async () => {
  const path = await newFile();
  expect(await keepOwner(path, await stat(path), refusing('EPERM'))).toEqual([]);
});

it.each(['EPERM', 'EINVAL', 'ENOTSUP'])(
  'says so where the system refuses to change the owner: %s',
  async (code) => {
    const path = await newFile();
    const [remark, ...others] = await keepOwner(path, { uid: 4711, gid: 4712 }, refusing(code));
    expect(others).toEqual([]);
    expect(remark).toMatchObject({ code: 'OWNER_NOT_KEPT' });
    expect(remark?.message).toContain('4711');
  },
);

it('does not take a failing disk for a refusal', async () => {
  const path = await newFile();
  await expect(keepOwner(path, { uid: 4711, gid: 4712 }, refusing('EIO'))).rejects.toMatchObject({
    code: 'EIO',
  });
});

it('gives the file to the owner of the original', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root may give files away');
  const path = await newFile();
  expect(await keepOwner(path, { uid: 4711, gid: 4712 })).toEqual([]);
  expect(await stat(path)).toMatchObject({ uid: 4711, gid: 4712 });
});
