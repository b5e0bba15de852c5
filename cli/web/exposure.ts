// Who can reach the web shell at all: this computer alone, or others through TLS of its own or through a reverse proxy that has it.
// There is no other way: keys and backups never cross a network in the clear.

import { isIP } from 'node:net';
import { X509Certificate, createPrivateKey } from 'node:crypto';

import { StrongroomError } from '../../shared/errors.ts';

const LOOPBACK: Readonly<Record<string, string>> = {
  localhost: '127.0.0.1',
  '127.0.0.1': '127.0.0.1',
  '::1': '::1',
};

export type Exposure =
  | { readonly kind: 'this-computer'; readonly listenOn: string }
  | {
      readonly kind: 'tls';
      readonly listenOn: string;
      readonly certificate: Buffer;
      readonly privateKey: Buffer;
    }
  | { readonly kind: 'proxy'; readonly listenOn: string; readonly publicOrigin: string };

export interface ExposureWish {
  /** The address to listen on, as it was given. */
  readonly host: string | undefined;
  /** Both PEM. */
  readonly certificate: Buffer | undefined;
  readonly privateKey: Buffer | undefined;
  /** The address under which people reach the reverse proxy. */
  readonly proxiedAs: string | undefined;
}

/** @throws USAGE for everything that would be reached by others unprotected */
export function readExposure({ host, certificate, privateKey, proxiedAs }: ExposureWish): Exposure {
  const listenOn = host === undefined ? '127.0.0.1' : (LOOPBACK[host.toLowerCase()] ?? host);
  if (isIP(listenOn) === 0) {
    throw new StrongroomError('USAGE', `“${listenOn}” is no address of a network card.`, {
      hint: 'Give the IP address to listen on, such as 192.168.1.10, or 0.0.0.0 for all of them.',
    });
  }
  if ((certificate === undefined) !== (privateKey === undefined)) {
    throw new StrongroomError('USAGE', 'TLS needs the certificate and its key, both.', {
      hint: 'Give --cert FILE and --cert-key FILE.',
    });
  }
  if (proxiedAs !== undefined) {
    if (certificate !== undefined) throw eitherTlsOrProxy();
    return { kind: 'proxy', listenOn, publicOrigin: readPublicOrigin(proxiedAs) };
  }
  if (certificate !== undefined && privateKey !== undefined) {
    checkKeyPair(certificate, privateKey);
    return { kind: 'tls', listenOn, certificate, privateKey };
  }
  if (isLoopback(listenOn)) return { kind: 'this-computer', listenOn };
  throw new StrongroomError(
    'USAGE',
    `On ${listenOn} others could read your keys on their way through the network.`,
    {
      hint: 'Add TLS with --cert FILE and --cert-key FILE, or put a reverse proxy with TLS in front and say --behind-proxy https://ITS-ADDRESS. See docs/serve.md.',
    },
  );
}

export function isLoopback(address: string): boolean {
  return address === '127.0.0.1' || address === '::1';
}

function readPublicOrigin(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url?.protocol === 'https:' && url.pathname === '/' && url.search === '' && url.username === '') {
    return url.origin;
  }
  throw new StrongroomError('USAGE', `“${given}” is no address that a reverse proxy with TLS has.`, {
    hint: 'Give the address that you open in the browser, with https and without a path: https://strongroom.example.org',
  });
}

function checkKeyPair(certificate: Buffer, privateKey: Buffer): void {
  try {
    if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey))) return;
  } catch (cause) {
    throw new StrongroomError('USAGE', 'The certificate or its key cannot be read.', {
      hint: 'Both have to be PEM files, and the key without a passphrase.',
      cause,
    });
  }
  throw new StrongroomError('USAGE', 'The key is not the one of the certificate.', {
    hint: 'Give the key that the certificate was made with.',
  });
}

function eitherTlsOrProxy(): StrongroomError {
  return new StrongroomError('USAGE', 'Either the proxy has the certificate or Strongroom, not both.', {
    hint: 'Leave out --cert and --cert-key, or --behind-proxy.',
  });
}
