// The names under which the web shell may be spoken to. A page of a stranger can make its own name lead to this computer (DNS
// rebinding), but it cannot make the browser send another name than its own: so every request says the right one, or is refused.

import { X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { isIP } from 'node:net';

import type { Exposure } from './exposure.ts';

const LOOPBACK_NAMES = new Set(['127.0.0.1', 'localhost', '::1']);

export class Addresses {
  readonly #exposure: Exposure;
  readonly #port: number;
  readonly #certificate: X509Certificate | null;

  constructor(exposure: Exposure, port: number) {
    this.#exposure = exposure;
    this.#port = port;
    this.#certificate = exposure.kind === 'tls' ? new X509Certificate(exposure.certificate) : null;
  }

  /** Whether browsers reach it by https, so that its cookies may say so. */
  get isSecure(): boolean {
    return this.#exposure.kind !== 'this-computer';
  }

  /** The port that stands in the address, for names of cookies, which do not know ports. */
  get port(): number {
    return this.#port;
  }

  /** The address to print. */
  get origin(): string {
    if (this.#exposure.kind === 'proxy') return this.#exposure.publicOrigin;
    const { listenOn } = this.#exposure;
    const own = listenOn === '0.0.0.0' || listenOn === '::' ? hostname().toLowerCase() : listenOn;
    // A browser warns of a name that the certificate does not have, and it would not be answered either.
    const name = [own, ...this.#certificateNames].find((known) => this.#isAnswered(known)) ?? own;
    return originOf(this.#scheme, inAddress(name), this.#port);
  }

  /** The origin that a request with this Host header was meant for; null where it is none of ours. */
  originFor(hostHeader: string | undefined): string | null {
    const url = parseHost(this.#scheme, hostHeader);
    if (url === null) return null;
    if (this.#exposure.kind === 'proxy') {
      return url.origin === this.#exposure.publicOrigin ? url.origin : null;
    }
    if (portOf(url) !== this.#port) return null;
    return this.#isAnswered(url.hostname.replace(/^\[|\]$/g, '')) ? url.origin : null;
  }

  #isAnswered(name: string): boolean {
    return LOOPBACK_NAMES.has(name) || this.#isOfCertificate(name);
  }

  /** Names and addresses in the certificate, as it lists them; one for all of a domain with the name of this computer. */
  get #certificateNames(): string[] {
    const { subjectAltName = '', subject = '' } = this.#certificate ?? {};
    const [computer = ''] = hostname().toLowerCase().split('.');
    const listed = [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,"]+)/g)];
    const named = [...subject.matchAll(/^CN=(.+)$/gm)];
    return [...listed, ...named]
      .map(([, name = '']) =>
        name
          .trim()
          .toLowerCase()
          .replace(/^\*(?=\.)/, computer),
      )
      .filter((name) => parseHost(this.#scheme, inAddress(name)) !== null);
  }

  get #scheme(): 'http:' | 'https:' {
    return this.isSecure ? 'https:' : 'http:';
  }

  #isOfCertificate(name: string): boolean {
    if (this.#certificate === null) return false;
    const found = isIP(name) === 0 ? this.#certificate.checkHost(name) : this.#certificate.checkIP(name);
    return found !== undefined;
  }
}

function inAddress(name: string): string {
  return isIP(name) === 6 ? `[${name}]` : name;
}

function originOf(scheme: string, host: string, port: number): string {
  return new URL(`${scheme}//${host}:${port}`).origin;
}

/** Only what a browser writes: a name and a port, nothing else. */
function parseHost(scheme: string, header: string | undefined): URL | null {
  if (header === undefined || !/^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.test(header)) return null;
  const address = `${scheme}//${header}`;
  return URL.canParse(address) ? new URL(address) : null;
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
