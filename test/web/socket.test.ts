// Calls and events over the socket: what is asked is answered, what happens is told to all windows, and what is no call ends it.

import { expect, it } from 'vitest';

import { newWeb, openPageSocket, openSocket } from './web-fixture.ts';

it('answers each call under its number, whatever the order', async () => {
  const web = await newWeb();
  const { call } = await openPageSocket(web);
  const replies = await Promise.all([
    call('app.start', {}),
    call('vault.status', {}),
    call('library.status', {}),
    call('no.such.call', {}),
    call('settings.change', { theme: 'purple' }),
  ]);
  expect(replies.map(({ ok }) => ok)).toEqual([true, true, true, false, false]);
  expect(replies[0]).toMatchObject({ value: { version: '1.2.3' } });
  expect(replies[1]).toMatchObject({ value: { state: 'missing' } });
  expect(replies[3]).toMatchObject({ error: { code: 'USAGE' } });
  expect(replies[4]).toMatchObject({ error: { code: 'USAGE' } });
});

it('tells every window what one of them changed', async () => {
  const web = await newWeb();
  const one = await openPageSocket(web);
  const other = await openPageSocket(web);
  const told = Promise.all([one.event('settings'), other.event('settings')]);
  await one.call('settings.change', { theme: 'dark' });
  for (const event of await told) expect(event).toMatchObject({ settings: { theme: 'dark' } });
});

it('goes on for the others when one window goes away', async () => {
  const web = await newWeb();
  const one = await openPageSocket(web);
  const other = await openPageSocket(web);
  one.socket.terminate();
  await one.closed;
  const told = other.event('settings');
  await other.call('settings.change', { theme: 'light' });
  expect(await told).toMatchObject({ settings: { theme: 'light' } });
});

it.each([
  '',
  'null',
  '[]',
  '{',
  '"app.start"',
  '{"call":"app.start"}',
  '{"id":"1","call":"app.start"}',
  '{"id":1.5}',
])('ends the connection of who sends “%s”', async (frame) => {
  const { socket, closed } = await openPageSocket(await newWeb());
  socket.send(frame);
  expect(await closed).toBe(1008);
});

it('ends the connection of who sends bytes, or more than any call holds', async () => {
  const web = await newWeb();
  const bytes = await openPageSocket(web);
  bytes.socket.send(Buffer.from('{}'));
  expect(await bytes.closed).toBe(1003);
  const large = await openPageSocket(web);
  large.socket.send('x'.repeat(33 * 1024 * 1024));
  expect(await large.closed).toBe(1009);
});

it('is at one address only', async () => {
  const web = await newWeb();
  for (const path of ['/', '/socket/', '/socket2', '/upload'])
    expect(await openSocket(web, { cookie: web.cookie, origin: web.origin }, path)).toBe(404);
});
