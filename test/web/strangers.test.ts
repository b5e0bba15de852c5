// Pages of strangers in the same browser: whatever they make it send, cookie included, nothing comes of it.

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

import { newWeb, openPageSocket, openSocket, PAGE } from './web-fixture.ts';

/** What a page of a stranger makes a browser say; PORT is ours. */
const WRONG_HOSTS = [
  'evil.example',
  'evil.example:PORT', // DNS rebinding: the name leads to this computer, but it is the stranger's
  '127.0.0.1',
  '127.0.0.1:1',
  '127.0.0.1.evil.example:PORT',
  'localhost.evil.example:PORT',
  '127.0.0.1:PORT@evil.example',
  'evil.example/127.0.0.1:PORT',
  '0.0.0.0:PORT',
  '[::ffff:127.0.0.1]:PORT',
  '2130706433.evil:PORT',
];

describe('a request that was meant for another name', () => {
  it.each(WRONG_HOSTS)('is refused: “%s”', async (pattern) => {
    const web = await newWeb();
    const host = pattern.replace('PORT', String(web.port));
    const page = await web.ask('/', { headers: { host, cookie: web.cookie } });
    expect(page.status).toBe(421);
    expect(page.body).not.toContain(PAGE);
    for (const origin of [web.origin, `http://${host}`]) {
      const socket = await openSocket(web, { host, origin, cookie: web.cookie });
      expect(socket).toBe(421);
    }
    const upload = {
      method: 'PUT',
      body: 'x',
      headers: { host, origin: `http://${host}`, cookie: web.cookie },
    };
    expect((await web.ask('/upload?name=a.tar', upload)).status).toBe(421);
  });

  it('is refused where it names nobody at all', async () => {
    const web = await newWeb();
    const connection = connect(web.port, '127.0.0.1');
    connection.end(`GET / HTTP/1.0\r\ncookie: ${web.cookie}\r\n\r\n`);
    expect(await text(connection)).toMatch(/^HTTP\/1\.1 421 /);
  });

  it('is answered at every name of this computer', async () => {
    const web = await newWeb();
    for (const name of ['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]']) {
      const headers = { host: `${name}:${web.port}`, cookie: web.cookie };
      expect((await web.ask('/', { headers })).status).toBe(200);
    }
  });
});

describe('a request from another page', () => {
  const ORIGINS = [
    'http://evil.example',
    'null',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'https://127.0.0.1:PORT',
    'http://localhost:PORT', // ours, but not the one that the request was sent to
    'http://127.0.0.1:PORT.evil.example',
    'http://127.0.0.1:PORT/',
    '',
  ];

  it.each(ORIGINS)('is refused: “%s”', async (pattern) => {
    const web = await newWeb();
    const origin = pattern.replace('PORT', String(web.port));
    const headers = { host: `127.0.0.1:${web.port}`, cookie: web.cookie, origin };
    expect((await web.ask('/', { headers })).status).toBe(403);
    expect((await web.ask('/upload?name=a.tar', { method: 'PUT', body: 'x', headers })).status).toBe(403);
    expect((await web.ask('/sign-in', { method: 'POST', body: 'password=x', headers })).status).toBe(403);
    expect(await openSocket(web, { cookie: web.cookie, origin })).toBe(403);
  });

  it('is refused where it does not say from which, and wants more than to read', async () => {
    const web = await newWeb();
    const headers = { host: `127.0.0.1:${web.port}`, cookie: web.cookie };
    expect((await web.ask('/upload?name=a.tar', { method: 'PUT', body: 'x', headers })).status).toBe(403);
    expect(await openSocket(web, { cookie: web.cookie })).toBe(403);
  });

  it.each(['cross-site', 'same-site'])('is refused where the browser says that it is “%s”', async (site) => {
    const web = await newWeb();
    const headers = {
      host: `127.0.0.1:${web.port}`,
      cookie: web.cookie,
      'sec-fetch-site': site,
      'sec-fetch-mode': 'no-cors',
    };
    expect((await web.ask('/assets/index-1.js', { headers })).status).toBe(403);
  });
});

describe('a link on another page', () => {
  const FOLLOWED = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };

  it('leads a browser that was let in to the interface, although its cookie does not come along at first', async () => {
    const web = await newWeb();
    const host = `127.0.0.1:${web.port}`;
    const followed = await web.ask('/', { headers: { host, ...FOLLOWED } });
    expect(followed.status).toBe(200);
    expect(followed.body).toContain('content="0;url=/"');
    expect(followed.body).not.toContain(PAGE);
    // What the browser does then is begun by a page of ours.
    const own = { host, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' };
    const goneOn = await web.ask('/', { headers: { ...own, cookie: web.cookie } });
    expect(goneOn).toMatchObject({ status: 200, body: PAGE });
    expect((await web.ask('/', { headers: own })).status).toBe(401);
  });

  it('leads to no file of it without the cookie', async () => {
    const web = await newWeb();
    const headers = { host: `127.0.0.1:${web.port}`, ...FOLLOWED };
    expect((await web.ask('/assets/index-1.js', { headers })).status).toBe(401);
  });
});

describe('what is served', () => {
  it('is said to run, load, frame and connect to nothing else, wherever it is answered', async () => {
    const web = await newWeb();
    const { port, cookie } = web;
    const host = `127.0.0.1:${port}`;
    const answers = [
      await web.askAsPage('/'),
      await web.askAsPage('/assets/index-1.js'),
      await web.askAsPage('/nothing'),
      await web.askAsPage('/upload?name=a.txt', { method: 'PUT', body: 'x' }),
      await web.ask('/', { headers: { host } }),
      await web.ask('/enter?token=x', { headers: { host } }),
      await web.ask('/', { headers: { host: 'evil.example', cookie } }),
      await web.ask('/', { headers: { host, cookie, origin: 'http://evil.example' } }),
    ];
    for (const { headers } of answers) {
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'/);
      expect(policy).not.toContain('unsafe');
      expect(policy).not.toContain('*');
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'x-frame-options': 'DENY',
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['referrer-policy']).toMatch(/^(?:no-referrer|same-origin)$/);
    }
  });

  it('is a fixed list: no path leads out of it', async () => {
    const web = await newWeb();
    const paths = [
      '/../package.json',
      '/assets/../../package.json',
      '/assets/%2e%2e/%2e%2e/package.json',
      '/assets/..%2f..%2fpackage.json',
      '/assets\\..\\..\\package.json',
      '//etc/passwd',
      '/etc/passwd',
      '/index.html/',
      '/assets/',
      '/%00',
      '/constructor',
      '/__proto__',
    ];
    for (const path of paths) expect((await web.askAsPage(path)).status, path).toBe(404);
  });

  it('answers what it cannot read, and goes on', async () => {
    const web = await newWeb();
    for (const path of ['http://%', 'http://127.0.0.1/', '*'])
      expect((await web.askAsPage(path)).status, path).toBe(400);
    expect((await web.askAsPage('/', { method: 'DELETE' })).status).toBe(404);
    expect((await web.askAsPage('/')).status).toBe(200);
  });

  it('is kept by browsers only where its name changes with it', async () => {
    const web = await newWeb();
    expect((await web.askAsPage('/')).headers['cache-control']).toBe('no-store');
    expect((await web.askAsPage('/assets/index-1.js')).headers['cache-control']).toContain('immutable');
  });

  it('is given to the page itself, and its socket is opened', async () => {
    const web = await newWeb();
    expect(await web.askAsPage('/')).toMatchObject({ status: 200, body: PAGE });
    const { call } = await openPageSocket(web);
    expect(await call('app.start', {})).toMatchObject({ ok: true });
  });
});
