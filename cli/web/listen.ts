// Listening on an address and a port, and in words why that cannot be had.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { StrongroomError } from '../../shared/errors.ts';

/** Port 0 is any that is free. Returns the port. @throws USAGE where the address or the port cannot be had */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(describeListening(error, host, port)));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function describeListening(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  const refusals: Readonly<Record<string, readonly [message: string, hint: string]>> = {
    EADDRINUSE: [
      `Another program listens on port ${port} already; it may be a Strongroom that still runs.`,
      'Choose another port, or leave out --port for any that is free.',
    ],
    EACCES: [
      `The system lets nobody but its administrator listen on port ${port}.`,
      'Choose one above 1023.',
    ],
    EADDRNOTAVAIL: [`This computer does not have the address ${host}.`, 'Give one of its own addresses.'],
  };
  const [message, hint] = refusals[error.code ?? ''] ?? [];
  return message === undefined || hint === undefined
    ? error
    : new StrongroomError('USAGE', message, { hint, cause: error });
}
