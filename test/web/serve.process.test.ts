// `strongroom serve` as it is started: one line with its address, a data folder of one's choice, and a clean end.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { LibraryBackup } from '../../shared/library.ts';
import { scratch, strongroom } from '../cli/run-program.ts';
import { newVault, PASSPHRASE } from '../cli/vault-folder.ts';
import { serve } from '../screens/support/served-program.ts';
import { enter } from './browser-like.ts';

const CERTIFICATE = join(import.meta.dirname, 'certificate', 'certificate.pem');
const KEY = join(import.meta.dirname, 'certificate', 'key.pem');

describe('strongroom serve', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'says in one line where it is, and ends well at %s',
    async (signal) => {
      await using folder = await scratch();
      const data = join(folder.path, 'data');
      const program = await serve(['--data', data]);
      expect(program.stdout()).toMatch(
        /^Strongroom is at http:\/\/127\.0\.0\.1:\d+\/enter\?token=[\w-]{43} .*\n$/,
      );
      const { call, close } = await enter(program.address);
      expect(await call('app.start', {})).toMatchObject({
        ok: true,
        value: { dataFolder: data, isDemo: false },
      });
      close();
      expect(await program.end(signal)).toBe(0);
      expect(program.stdout().split('\n')).toHaveLength(2);
      const log = readFileSync(join(data, 'logs', 'strongroom.log'), 'utf8');
      expect(log).toContain('has ended');
      expect(log).not.toContain(new URL(program.address).searchParams.get('token'));
    },
  );

  it('uses the folder that STRONGROOM_DATA names, and another where it is told', async () => {
    await using folder = await scratch();
    const named = join(folder.path, 'named');
    const program = await serve([], { STRONGROOM_DATA: named });
    await program.end('SIGTERM');
    expect(existsSync(named)).toBe(true);
    const told = await serve(['--data', join(folder.path, 'told')], {
      STRONGROOM_DATA: join(folder.path, 'not'),
    });
    await told.end('SIGTERM');
    expect(existsSync(join(folder.path, 'told'))).toBe(true);
    expect(existsSync(join(folder.path, 'not'))).toBe(false);
  });

  it('listens for this computer alone', async () => {
    await using folder = await scratch();
    const program = await serve(['--data', join(folder.path, 'data')]);
    const port = Number(new URL(program.address).port);
    // All of 127.0.0.0/8 is this computer on Linux, but only one address of it was asked for.
    const answer = await new Promise<string>((resolve) => {
      const connection = connect({ host: '127.0.0.2', port });
      connection.on('connect', () => resolve('connected'));
      connection.on('error', ({ message }) => resolve(message));
    });
    expect(answer).not.toBe('connected');
    await program.end('SIGTERM');
  });

  it('takes no folder at all for what it is not: the one in which it was started', async () => {
    await using folder = await scratch();
    const run = await strongroom(['serve', '--no-open', '--data', ''], { cwd: folder.path });
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain('--data');
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('says where nothing can be kept, and shows no window that could do nothing', async () => {
    await using folder = await scratch();
    const inTheWay = join(folder.path, 'taken');
    writeFileSync(inTheWay, 'not a folder');
    const run = await strongroom(['serve', '--no-open', '--data', join(inTheWay, 'data')]);
    expect(run).toMatchObject({ exitCode: 8, stdout: '' });
    expect(run.stderr).toContain(`Nothing can be kept in the data folder, “${join(inTheWay, 'data')}”`);
  });

  it('says which port is taken, and what to do', async () => {
    await using folder = await scratch();
    const program = await serve(['--data', join(folder.path, 'data')]);
    const { port } = new URL(program.address);
    const second = await strongroom([
      'serve',
      '--no-open',
      '--port',
      port,
      '--data',
      join(folder.path, 'other'),
    ]);
    expect(second).toMatchObject({ exitCode: 2, stdout: '' });
    expect(second.stderr).toContain(`port ${port}`);
    expect(second.stderr).toContain('hint: Choose another port');
    await program.end('SIGTERM');
  });

  it('opens the vault with a passphrase file, and serves several windows of several browsers at once', async () => {
    await using folder = await newVault();
    const program = await serve(['--data', folder.data, '--passphrase-file', folder.passphraseFile]);
    const { call, close, origin, headers } = await enter(program.address);
    expect(await call('vault.status', {})).toMatchObject({ ok: true, value: { state: 'unlocked' } });
    const page = await fetch(origin, { headers });
    expect(page.status).toBe(200);
    close();
    await program.end('SIGTERM');
    expect(program.stderr()).not.toContain(PASSPHRASE);
  });

  it('has the pages, scripts and styles of the interface', async () => {
    await using folder = await scratch();
    const program = await serve(['--data', join(folder.path, 'data')]);
    const { origin, headers, close } = await enter(program.address);
    const page = await (await fetch(origin, { headers })).text();
    const scripts = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(scripts.length).toBeGreaterThan(0);
    for (const path of scripts) expect((await fetch(`${origin}${path}`, { headers })).status, path).toBe(200);
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=/);
    close();
    await program.end('SIGTERM');
  });
});

describe('strongroom serve for others', () => {
  it.each([
    [['--host', '0.0.0.0'], 'could read your keys'],
    [['--host', '192.168.1.10'], 'could read your keys'],
    [['--host', '0.0.0.0', '--cert', CERTIFICATE], 'both'],
    [['--behind-proxy', 'http://strongroom.example.org'], 'no address that a reverse proxy with TLS has'],
    [['--host', '0.0.0.0', '--cert', CERTIFICATE, '--cert-key', KEY], 'needs a password'],
    [['--behind-proxy', 'https://strongroom.example.org'], 'needs a password'],
  ])('refuses %j', async (args, why) => {
    await using folder = await scratch();
    const run = await strongroom(['serve', '--no-open', '--data', join(folder.path, 'data'), ...args]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain(why);
    expect(run.stderr).toContain('hint:');
  });

  it('refuses a password that is easily guessed, without repeating it', async () => {
    await using folder = await scratch();
    const file = join(folder.path, 'password');
    writeFileSync(file, 'sunflower1\n');
    const args = ['--behind-proxy', 'https://strongroom.example.org', '--password-file', file];
    const run = await strongroom(['serve', '--no-open', '--data', join(folder.path, 'data'), ...args]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain('easily guessed');
    expect(run.stderr).not.toContain('sunflower1');
  });

  it('speaks TLS, and asks for the password', async () => {
    await using folder = await scratch();
    const file = join(folder.path, 'password');
    writeFileSync(file, 'four unrelated sober words\n');
    const args = ['--host', '127.0.0.1', '--cert', CERTIFICATE, '--cert-key', KEY, '--password-file', file];
    const program = await serve(['--data', join(folder.path, 'data'), ...args]);
    expect(program.address).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/$/);
    const { port } = new URL(program.address);
    const ask = (path: string, form: string | null): Promise<{ status: number; cookie: string }> =>
      new Promise((resolve, reject) => {
        const headers = { host: `nas.test:${port}`, origin: `https://nas.test:${port}` };
        const method = form === null ? 'GET' : 'POST';
        const sending = request(
          {
            host: '127.0.0.1',
            port,
            path,
            method,
            headers,
            ca: readFileSync(CERTIFICATE),
            servername: 'nas.test',
          },
          (response) => {
            response.resume();
            resolve({ status: response.statusCode ?? 0, cookie: response.headers['set-cookie']?.[0] ?? '' });
          },
        );
        sending.on('error', reject);
        sending.end(form ?? '');
      });
    expect(await ask('/', null)).toEqual({ status: 401, cookie: '' });
    expect(await ask('/sign-in', 'password=guess')).toEqual({ status: 401, cookie: '' });
    const right = await ask('/sign-in', 'password=four+unrelated+sober+words');
    expect(right.status).toBe(303);
    expect(right.cookie).toMatch(/^__Host-.*; Secure$/);
    await program.end('SIGTERM');
  });
});

describe('strongroom serve --demo', () => {
  it('shows backups of all formats, touches nothing else, and is gone afterwards', async () => {
    await using folder = await scratch();
    const data = join(folder.path, 'data');
    const program = await serve(['--demo'], { STRONGROOM_DATA: data, TMPDIR: folder.path });
    const { call, close } = await enter(program.address);
    const start = await call('app.start', {});
    expect(start).toMatchObject({
      ok: true,
      value: { isDemo: true, vault: { state: 'unlocked', keyCount: 4 } },
    });
    const backups = await call('library.backups', {});
    if (!backups.ok) throw new Error(backups.error.code);
    const formats = new Set((backups.value as LibraryBackup[]).map(({ format }) => format));
    expect([...formats].sort()).toEqual(['plain', 'v1', 'v2', 'v3']);
    const { dataFolder } = (start as { value: { dataFolder: string } }).value;
    expect(existsSync(dataFolder)).toBe(true);
    close();
    expect(await program.end('SIGTERM')).toBe(0);
    expect(existsSync(dataFolder)).toBe(false);
    expect(existsSync(data)).toBe(false);
  });

  it('does not take a data folder', async () => {
    const run = await strongroom(['serve', '--no-open', '--demo', '--data', '/tmp/x']);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
