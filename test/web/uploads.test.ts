// Backups that are dropped on the page: written whole or not at all, taken in, and nothing that was there is lost.

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import type { Reply } from '../../shared/contract/index.ts';
import type { TakenIn } from '../../shared/window.ts';
import { eventually } from '../cli/run-program.ts';
import { FIXTURES, scratch } from '../support/fixtures.ts';
import { namesIn } from '../support/folder-state.ts';
import { newWeb, type WebFixture } from './web-fixture.ts';

const BACKUP = readFileSync(join(FIXTURES, 'v2-compressed.tar'));
const OTHER = readFileSync(join(FIXTURES, 'plain-compressed.tar'));

async function upload(
  web: WebFixture,
  name: string,
  body: Buffer | string,
  folder?: string,
): Promise<Reply<TakenIn>> {
  const query = new URLSearchParams({ name, ...(folder === undefined ? {} : { folder }) });
  const answer = await web.askAsPage(`/upload?${query.toString()}`, { method: 'PUT', body });
  expect(answer.status).toBe(200);
  return JSON.parse(answer.body) as Reply<TakenIn>;
}

const received = (web: WebFixture): string => join(web.dataFolder, 'received');

it('keeps what was sent, byte for byte and for its owner only, and takes it into the library', async () => {
  const web = await newWeb();
  const reply = await upload(web, 'home.tar', BACKUP);
  expect(reply).toMatchObject({ ok: true, value: { identities: [expect.any(String)], problems: [] } });
  const path = join(received(web), 'home.tar');
  expect(readFileSync(path).equals(BACKUP)).toBe(true);
  expect(statSync(path).mode & 0o077).toBe(0);
  const backups = await web.call('library.backups', {});
  expect(backups.flatMap(({ copies }) => copies.map((copy) => copy.path))).toContain(path);
});

it('never overwrites: the second of a name gets a number', async () => {
  const web = await newWeb();
  await Promise.all([upload(web, 'home.tar', BACKUP), upload(web, 'home.tar', OTHER)]);
  await upload(web, 'home.tar', OTHER);
  expect(await namesIn(received(web))).toEqual(['home (2).tar', 'home (3).tar', 'home.tar']);
});

it('leaves a download of somebody else alone that has the same name', async () => {
  const web = await newWeb();
  mkdirSync(received(web), { recursive: true });
  writeFileSync(join(received(web), 'home.tar.partial'), 'half of a download');
  await upload(web, 'home.tar', BACKUP);
  expect(await namesIn(received(web))).toEqual(['home (2).tar', 'home.tar.partial']);
  expect(readFileSync(join(received(web), 'home.tar.partial'), 'utf8')).toBe('half of a download');
});

it('writes into a folder of the library where that is wished, and into no other', async () => {
  const web = await newWeb();
  const folder = await scratch();
  expect(await upload(web, 'home.tar', BACKUP, folder)).toMatchObject({
    ok: false,
    error: { code: 'USAGE' },
  });
  expect(await namesIn(folder)).toEqual([]);
  await web.call('library.addFolder', { path: folder });
  expect(await upload(web, 'home.tar', BACKUP, folder)).toMatchObject({ ok: true });
  expect(await namesIn(folder)).toEqual(['home.tar']);
});

it.each([
  '../home.tar',
  '/etc/home.tar',
  'a/b.tar',
  'a\\b.tar',
  'C:home.tar',
  '..',
  '.tar',
  '.hidden.tar',
  ' home.tar',
  'ho\u0000me.tar',
  'ho\nme.tar',
  'con.tar',
  `${'x'.repeat(250)}.tar`,
  '',
])('refuses the name “%s”', async (name) => {
  const web = await newWeb();
  expect(await upload(web, name, BACKUP)).toMatchObject({ ok: false, error: { code: 'USAGE' } });
  expect(existsSync(received(web))).toBe(false);
});

it.each(['home.tar.gz', 'photo.jpg', 'kit.txt', 'home'])('refuses “%s”, which is no backup', async (name) => {
  const web = await newWeb();
  expect(await upload(web, name, BACKUP)).toMatchObject({ ok: false, error: { code: 'NOT_A_BACKUP' } });
  expect(existsSync(received(web))).toBe(false);
});

it('does not keep what turns out to be no backup', async () => {
  const web = await newWeb();
  const reply = await upload(web, 'login.tar', '<!doctype html><title>Please sign in</title>');
  expect(reply).toMatchObject({
    ok: true,
    value: { identities: [], problems: [{ path: 'login.tar', error: { code: 'NOT_A_BACKUP' } }] },
  });
  expect(await namesIn(received(web))).toEqual([]);
});

it('keeps nothing of what broke off', async () => {
  const web = await newWeb();
  const sending = request({
    host: '127.0.0.1',
    port: web.port,
    method: 'PUT',
    path: '/upload?name=home.tar',
    headers: {
      host: `127.0.0.1:${web.port}`,
      origin: web.origin,
      cookie: web.cookie,
      'content-length': String(BACKUP.length),
    },
  });
  sending.on('error', () => undefined); // it is we who end it
  sending.write(BACKUP.subarray(0, 10_000));
  await eventually('the partial file is there', () =>
    existsSync(join(received(web), 'home.tar.partial')) ? true : null,
  );
  sending.destroy();
  await eventually('nothing of it is left', () => (readdirSync(received(web)).length === 0 ? true : null));
  expect(await web.call('library.backups', {})).toEqual([]);
});

it('takes no more than a few at once', async () => {
  const web = await newWeb();
  const open = Array.from({ length: 4 }, (_, index) => {
    const sending = request({
      host: '127.0.0.1',
      port: web.port,
      method: 'PUT',
      path: `/upload?name=${index}.tar`,
      headers: {
        host: `127.0.0.1:${web.port}`,
        origin: web.origin,
        cookie: web.cookie,
        'content-length': '100',
      },
    });
    sending.on('error', () => undefined); // it is we who end it
    sending.write('x');
    return sending;
  });
  await eventually('all of them have begun', () =>
    existsSync(received(web)) &&
    readdirSync(received(web)).filter((name) => name.endsWith('.partial')).length === 4
      ? true
      : null,
  );
  expect(await upload(web, 'fifth.tar', BACKUP)).toMatchObject({ ok: false, error: { code: 'USAGE' } });
  for (const sending of open) sending.destroy();
  await eventually('there is room again', async () =>
    (await upload(web, 'fifth.tar', BACKUP)).ok ? true : null,
  );
});

it('says before anything is sent that there is no room', async () => {
  const web = await newWeb();
  const answer = await new Promise<Reply>((resolve, reject) => {
    const sending = request(
      {
        host: '127.0.0.1',
        port: web.port,
        method: 'PUT',
        path: '/upload?name=huge.tar',
        headers: {
          host: `127.0.0.1:${web.port}`,
          origin: web.origin,
          cookie: web.cookie,
          'content-length': String(2 ** 52),
        },
      },
      (response) => {
        response.on('data', (data: Buffer) => resolve(JSON.parse(data.toString()) as Reply));
      },
    );
    sending.on('error', reject);
    sending.flushHeaders();
  });
  expect(answer).toMatchObject({ ok: false, error: { code: 'NO_SPACE' } });
});
