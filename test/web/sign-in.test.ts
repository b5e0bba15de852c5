// The password of a web shell that others can reach: right is right, and guessing gets nowhere.

import { describe, expect, it } from 'vitest';

import { SignIn } from '../../cli/web/sign-in.ts';
import {
  cookieOf,
  newWeb,
  openSocket,
  PAGE,
  type Answer,
  type TestSocket,
  type WebFixture,
} from './web-fixture.ts';

const PASSWORD = 'four unrelated sober words';
const PROXY = {
  kind: 'proxy',
  listenOn: '127.0.0.1',
  publicOrigin: 'https://strongroom.example.org',
} as const;
const HOUR_MS = 60 * 60_000;

describe('a sign-in', () => {
  const newSignIn = (): { signIn: SignIn; clock: { now: number } } => {
    const clock = { now: 0 };
    return { signIn: new SignIn(Buffer.from(PASSWORD), () => clock.now), clock };
  };
  const wrong = (signIn: SignIn, from: string): Promise<string> => signIn.attempt(Buffer.from('guess'), from);
  const right = (signIn: SignIn, from: string): Promise<string> =>
    signIn.attempt(Buffer.from(PASSWORD), from);

  it('is made slower by every wrong password after the fifth, for the right one, too', async () => {
    const { signIn, clock } = newSignIn();
    for (let round = 0; round < 5; round++) expect(await wrong(signIn, 'a')).toBe('wrong');
    expect(await wrong(signIn, 'a')).toBe('too-often');
    expect(await right(signIn, 'a')).toBe('too-often');
    clock.now += 2000;
    expect(await wrong(signIn, 'a')).toBe('wrong');
    clock.now += 2000;
    expect(await right(signIn, 'a')).toBe('too-often');
    clock.now += 2000;
    expect(await right(signIn, 'a')).toBe('right');
    expect(await wrong(signIn, 'a')).toBe('wrong');
  });

  it('is slow only for who guesses', async () => {
    const { signIn } = newSignIn();
    for (let round = 0; round < 6; round++) await wrong(signIn, 'a');
    expect(await wrong(signIn, 'a')).toBe('too-often');
    expect(await right(signIn, 'b')).toBe('right');
  });

  it('counts guesses that are made side by side', async () => {
    const { signIn } = newSignIn();
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => wrong(signIn, 'a')));
    expect(outcomes.filter((outcome) => outcome === 'wrong')).toHaveLength(5);
  });

  it('leaves nothing of the typed password', async () => {
    const { signIn } = newSignIn();
    for (const typed of [Buffer.from('guess'), Buffer.from(PASSWORD)]) {
      await signIn.attempt(typed, 'a');
      expect(typed.every((byte) => byte === 0)).toBe(true);
    }
  });
});

describe('the sign-in page', () => {
  const HOST = { host: 'strongroom.example.org' };
  const signIn = (web: WebFixture, password: string, from = '192.0.2.1'): Promise<Answer> =>
    web.ask('/sign-in', {
      method: 'POST',
      body: new URLSearchParams({ password }).toString(),
      headers: {
        ...HOST,
        origin: PROXY.publicOrigin,
        'x-forwarded-for': `10.9.9.9, ${from}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    });

  it('is all that a browser without a cookie sees, and has no script', async () => {
    const web = await newWeb({ exposure: PROXY, password: PASSWORD });
    const page = await web.ask('/', { headers: HOST });
    expect(page.status).toBe(401);
    expect(page.body).toContain('type="password"');
    expect(page.body).not.toContain('<script');
    expect(String(page.headers['content-security-policy'])).not.toContain('script-src');
    expect(await openSocket(web, { ...HOST, origin: PROXY.publicOrigin })).toBe(401);
  });

  it('lets in with the password, by a cookie that only travels encrypted', async () => {
    const web = await newWeb({ exposure: PROXY, password: PASSWORD });
    const answer = await signIn(web, PASSWORD);
    expect(answer).toMatchObject({ status: 303, headers: { location: '/' } });
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      /^__Host-strongroom-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    const page = await web.ask('/', { headers: { ...HOST, cookie: cookieOf(answer) } });
    expect(page).toMatchObject({ status: 200, body: PAGE });
  });

  it('does not let in with anything else, and repeats nothing of it', async () => {
    const web = await newWeb({ exposure: PROXY, password: PASSWORD });
    for (const guess of ['hunter2-was-here', PASSWORD.toUpperCase(), `${PASSWORD} `]) {
      const answer = await signIn(web, guess);
      expect(answer.status).toBe(401);
      expect(cookieOf(answer)).toBe('');
      expect(answer.body).not.toContain(guess);
      expect(web.log.lines.join('\n')).not.toContain(guess);
    }
    expect((await signIn(web, '')).status).toBe(400);
    expect((await signIn(web, 'x'.repeat(20_000))).status).toBe(400);
  });

  it('tells proxied guessers apart by the address that the proxy saw, not by what they wrote before it', async () => {
    const web = await newWeb({ exposure: PROXY, password: PASSWORD });
    for (let round = 0; round < 5; round++) await signIn(web, 'guess', '198.51.100.7');
    expect((await signIn(web, PASSWORD, '198.51.100.7')).status).toBe(429);
    expect((await signIn(web, PASSWORD, '192.0.2.44')).status).toBe(303);
  });

  it('comes back after half a day without a sign of the browser', async () => {
    const web = await newWeb({ exposure: PROXY, password: PASSWORD });
    const cookie = cookieOf(await signIn(web, PASSWORD));
    const look = (): Promise<Answer> => web.ask('/', { headers: { ...HOST, cookie } });
    web.clock.now += 11 * HOUR_MS;
    expect((await look()).status).toBe(200);
    web.clock.now += 11 * HOUR_MS;
    expect((await look()).status).toBe(200);
    web.clock.now += 13 * HOUR_MS;
    expect((await look()).status).toBe(401);
  });

  it('comes back in a page that stays open, and tells it nothing any more', async () => {
    const web = await newWeb({ exposure: PROXY, password: PASSWORD });
    const open = async (): Promise<TestSocket> => {
      const cookie = cookieOf(await signIn(web, PASSWORD));
      const socket = await openSocket(web, { ...HOST, origin: PROXY.publicOrigin, cookie });
      if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
      return socket;
    };
    const left = await open();
    const heard: string[] = [];
    left.socket.on('message', (data: Buffer) => heard.push(data.toString()));
    web.clock.now += 13 * HOUR_MS;
    const other = await open();
    const told = other.event('settings');
    await other.call('settings.change', { theme: 'dark' });
    await told;
    expect(await left.closed).toBe(1008);
    expect(heard).toEqual([]);
  });

  it('is not there where the printed address lets in', async () => {
    const web = await newWeb();
    const answer = await web.askAsPage('/sign-in', { method: 'POST', body: 'password=x' });
    expect(answer.status).toBe(404);
  });
});
