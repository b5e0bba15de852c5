import { describe, expect, it } from 'vitest';

import { addressOf, isOwnAddress } from '../../electron/app-address.ts';
import { isTrusted, type Sender } from '../../electron/sender.ts';

const OURS = 7;
const PAGE = { url: 'app://strongroom/#/library', origin: 'app://strongroom', parent: null, detached: false };
const isOurs = (id: number): boolean => id === OURS;
const from = (frame: Partial<NonNullable<Sender['senderFrame']>>, id = OURS): Sender => ({
  sender: { id },
  senderFrame: { ...PAGE, ...frame },
});

describe('a call is taken', () => {
  it('from the page of our window', () => {
    expect(isTrusted(from({}), isOurs)).toBe(true);
  });

  it.each<[string, Sender]>([
    ['another window', from({}, 8)],
    ['a frame in the page', from({ parent: PAGE })],
    ['a frame that is gone', { sender: { id: OURS }, senderFrame: null }],
    ['a frame that is being replaced', from({ detached: true })],
    ['another origin', from({ origin: 'https://example.com', url: 'https://example.com/' })],
    ['an opaque origin at our address', from({ origin: 'null' })],
    ['our origin at another address', from({ url: 'https://example.com/' })],
    ['an origin that begins like ours', from({ origin: 'app://strongroom.example.com' })],
  ])('from nobody else: %s', (_who, sender) => {
    expect(isTrusted(sender, isOurs)).toBe(false);
  });
});

describe('the address of the interface', () => {
  it.each([
    'https://strongroom/',
    'app://strongroom.example.com/',
    'app://strongroom:8080/',
    'app://user@strongroom/',
    'app:strongroom',
    'file:///strongroom',
    'javascript:alert(1)',
    'nonsense',
  ])('is none but ours: %s', (address) => {
    expect(isOwnAddress(address)).toBe(false);
  });

  it('of a route stays ours, whatever the route is', () => {
    for (const route of [
      '',
      '#/activity/12',
      '/keys',
      'https://example.com/',
      '//example.com',
      '@example.com',
    ])
      expect(isOwnAddress(addressOf(route))).toBe(true);
    expect(addressOf('#/activity/12')).toBe('app://strongroom/#/activity/12');
  });
});
