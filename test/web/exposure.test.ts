// Who can reach the web shell: this computer, or others through TLS. No wish leads to anything else.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { Addresses } from '../../cli/web/addresses.ts';
import { readExposure, type Exposure, type ExposureWish } from '../../cli/web/exposure.ts';
import { errorCode, type StrongroomError } from '../../shared/errors.ts';

const pem = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'certificate', name));
const certificate = pem('certificate.pem');
const privateKey = pem('key.pem');
const NOTHING: ExposureWish = {
  host: undefined,
  certificate: undefined,
  privateKey: undefined,
  proxiedAs: undefined,
};
const read = (wish: Partial<ExposureWish>): Exposure => readExposure({ ...NOTHING, ...wish });
const refusal = (wish: Partial<ExposureWish>): string => {
  try {
    return read(wish).kind;
  } catch (error) {
    return errorCode(error);
  }
};

describe('who can reach it', () => {
  it('is this computer alone, unless told', () => {
    expect(read({})).toEqual({ kind: 'this-computer', listenOn: '127.0.0.1' });
    for (const host of ['127.0.0.1', 'localhost', '::1', 'LOCALHOST'])
      expect(refusal({ host })).toBe('this-computer');
  });

  it.each(['0.0.0.0', '::', '192.168.1.10', '127.0.0.2', '::ffff:127.0.0.1', '10.0.0.1'])(
    'is nobody else at %s without TLS and without a proxy',
    (host) => expect(refusal({ host })).toBe('USAGE'),
  );

  it.each(['nas.local', '', 'evil.example', '127.0.0.1:80', 'http://127.0.0.1', '1'])(
    'is not said by “%s”, which is no address of a network card',
    (host) => expect(refusal({ host })).toBe('USAGE'),
  );

  it('is others with a certificate and its own key, and with nothing less', () => {
    expect(refusal({ host: '0.0.0.0', certificate, privateKey })).toBe('tls');
    expect(refusal({ host: '0.0.0.0', certificate })).toBe('USAGE');
    expect(refusal({ host: '0.0.0.0', privateKey })).toBe('USAGE');
    expect(refusal({ certificate, privateKey: pem('other-key.pem') })).toBe('USAGE');
    expect(refusal({ certificate: Buffer.from('no PEM'), privateKey })).toBe('USAGE');
    expect(refusal({ certificate, privateKey: certificate })).toBe('USAGE');
  });

  it('is a proxy that has TLS', () => {
    const proxiedAs = 'https://strongroom.example.org';
    expect(read({ proxiedAs })).toEqual({ kind: 'proxy', listenOn: '127.0.0.1', publicOrigin: proxiedAs });
    expect(refusal({ proxiedAs, host: '172.17.0.2' })).toBe('proxy');
    expect(refusal({ proxiedAs, certificate, privateKey })).toBe('USAGE');
  });

  it.each([
    'http://strongroom.example.org',
    'strongroom.example.org',
    'https://strongroom.example.org/path',
    'https://me@strongroom.example.org',
    'https://strongroom.example.org/?a=b',
    '',
  ])('is no proxy at “%s”', (proxiedAs) => expect(refusal({ proxiedAs })).toBe('USAGE'));
});

it.each([
  { host: '0.0.0.0' },
  { host: '0.0.0.0', certificate },
  { certificate, privateKey, proxiedAs: 'https://strongroom.example.org' },
])('names the options as the command line has them: %#', (wish) => {
  const thrown = (): string => {
    try {
      return read(wish).kind;
    } catch (error) {
      return (error as StrongroomError).hint ?? '';
    }
  };
  expect(thrown()).toContain('--cert-key');
  expect(thrown()).not.toContain('--key');
});

describe('the names it answers to', () => {
  it('are those of the certificate where it has one, and of this computer', () => {
    const addresses = new Addresses(read({ host: '0.0.0.0', certificate, privateKey }), 8443);
    expect(addresses.originFor('nas.test:8443')).toBe('https://nas.test:8443');
    expect(addresses.originFor('192.168.1.10:8443')).toBe('https://192.168.1.10:8443');
    expect(addresses.originFor('127.0.0.1:8443')).toBe('https://127.0.0.1:8443');
    for (const host of ['evil.example:8443', '192.168.1.11:8443', 'nas.test:443', 'nas.test', undefined])
      expect(addresses.originFor(host), String(host)).toBeNull();
  });

  it('are among those that its printed address has', () => {
    // The name of this computer is not in the certificate, and neither is the address of its network card.
    for (const host of ['0.0.0.0', '::', '10.0.0.7']) {
      const addresses = new Addresses(read({ host, certificate, privateKey }), 8443);
      expect(addresses.origin, host).toBe('https://nas.test:8443');
      expect(addresses.originFor(new URL(addresses.origin).host), host).toBe(addresses.origin);
    }
    const own = new Addresses(read({ host: '192.168.1.10', certificate, privateKey }), 8443);
    expect(own.origin).toBe('https://192.168.1.10:8443');
  });

  it('have no port where it is that of https', () => {
    const addresses = new Addresses(read({ host: '0.0.0.0', certificate, privateKey }), 443);
    expect(addresses.originFor('nas.test')).toBe('https://nas.test');
    expect(addresses.originFor('nas.test:443')).toBe('https://nas.test');
  });

  it('are that of the proxy alone behind one', () => {
    const addresses = new Addresses(read({ proxiedAs: 'https://strongroom.example.org' }), 8099);
    expect(addresses.origin).toBe('https://strongroom.example.org');
    expect(addresses.originFor('strongroom.example.org')).toBe('https://strongroom.example.org');
    for (const host of ['127.0.0.1:8099', 'localhost:8099', 'strongroom.example.org:8099', 'example.org'])
      expect(addresses.originFor(host), host).toBeNull();
  });
});
