// Who is let in: the browser that brings the one-time token of the printed address, and nobody without.

import { expect, it } from 'vitest';

import { cookieOf, newWeb, openSocket, PAGE, SCRIPT } from './web-fixture.ts';

it('lets the printed address in once, and takes the token out of the address', async () => {
  const { ask, newEntrance, origin } = await newWeb();
  const entrance = newEntrance().slice(origin.length);
  const headers = { host: new URL(origin).host };
  const first = await ask(entrance, { headers });
  expect(first).toMatchObject({ status: 303, headers: { location: '/' } });
  expect(await ask('/', { headers: { ...headers, cookie: cookieOf(first) } })).toMatchObject({
    status: 200,
    body: PAGE,
  });
  const second = await ask(entrance, { headers });
  expect(second.status).toBe(401);
  expect(cookieOf(second)).toBe('');
  expect(second.body).toContain('has been used');
});

it('goes on through a page of its own where the address was opened from elsewhere, so that the cookie comes along', async () => {
  const { ask, newEntrance, origin } = await newWeb();
  const entered = await ask(newEntrance().slice(origin.length), {
    headers: { host: new URL(origin).host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  });
  expect(entered.status).toBe(200);
  expect(cookieOf(entered)).not.toBe('');
  expect(entered.body).toContain('http-equiv="refresh"');
});

it('does not use a token up for a browser that only looks in advance, or asks for the headers alone', async () => {
  const { ask, newEntrance, origin } = await newWeb();
  const entrance = newEntrance().slice(origin.length);
  const headers = { host: new URL(origin).host };
  expect((await ask(entrance, { headers: { ...headers, 'sec-purpose': 'prefetch' } })).status).toBe(503);
  expect((await ask(entrance, { method: 'HEAD', headers })).status).toBe(401);
  expect((await ask(entrance, { headers })).status).toBe(303);
});

it('only takes the newest token', async () => {
  const { ask, newEntrance, origin } = await newWeb();
  const older = newEntrance().slice(origin.length);
  const newer = newEntrance().slice(origin.length);
  const headers = { host: new URL(origin).host };
  expect((await ask(older, { headers })).status).toBe(401);
  expect((await ask(newer, { headers })).status).toBe(303);
});

it.each(['', '?token=', '?token=x', `?token=${'A'.repeat(43)}`])(
  'does not let in with “/enter%s”',
  async (query) => {
    const { ask, newEntrance, origin } = await newWeb();
    newEntrance();
    const answer = await ask(`/enter${query}`, { headers: { host: new URL(origin).host } });
    expect(answer.status).toBe(401);
    expect(cookieOf(answer)).toBe('');
  },
);

it('marks its cookie so that no script reads it and no other page sends it', async () => {
  const { ask, newEntrance, origin, port } = await newWeb();
  const { headers } = await ask(newEntrance().slice(origin.length), {
    headers: { host: new URL(origin).host },
  });
  const [cookie = ''] = headers['set-cookie'] ?? [];
  expect(cookie).toMatch(new RegExp(`^strongroom-${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
});

it.each(['', 'strongroom=1', 'strongroom-PORT=', 'strongroom-PORT=AAAA', 'other=COOKIE'])(
  'shows nothing of the program to a browser with the cookie “%s”',
  async (pattern) => {
    const web = await newWeb();
    const cookie = pattern
      .replace('PORT', String(web.port))
      .replace('COOKIE', web.cookie.split('=')[1] ?? '');
    const headers = { host: new URL(web.origin).host, cookie };
    const page = await web.ask('/', { headers });
    expect(page.status).toBe(401);
    expect(page.body).not.toContain(PAGE);
    const script = await web.ask('/assets/index-1.js', { headers });
    expect(script.status).toBe(401);
    expect(script.body).not.toContain(SCRIPT);
    const upload = await web.ask('/upload?name=a.tar', {
      method: 'PUT',
      headers: { ...headers, origin: web.origin },
      body: 'bytes',
    });
    expect(upload.status).toBe(401);
    expect(await openSocket(web, { cookie, origin: web.origin })).toBe(401);
  },
);

it('lets in as many browsers as are given an address, each with a cookie of its own', async () => {
  const { ask, newEntrance, origin, cookie } = await newWeb();
  const headers = { host: new URL(origin).host };
  const other = cookieOf(await ask(newEntrance().slice(origin.length), { headers }));
  expect(other).not.toBe(cookie);
  for (const each of [cookie, other])
    expect((await ask('/', { headers: { ...headers, cookie: each } })).status).toBe(200);
});

it('writes neither tokens nor cookies into its log', async () => {
  const { ask, newEntrance, origin, cookie, log } = await newWeb();
  const entrance = newEntrance();
  const token = new URL(entrance).searchParams.get('token') ?? '';
  await ask(entrance.slice(origin.length), { headers: { host: new URL(origin).host } });
  await ask(entrance.slice(origin.length), { headers: { host: 'evil.example' } });
  expect(log.lines.join('\n')).toContain('let in');
  for (const secret of [token, cookie.split('=')[1] ?? ''])
    expect(log.lines.join('\n')).not.toContain(secret);
});
