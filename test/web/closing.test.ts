// The server ends when it is told to, whatever those who are connected do: the program ends its work only after it.

import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';

import { Uploads } from '../../cli/web/uploads.ts';
import { startWebServer, type WebServer } from '../../cli/web/web-server.ts';
import { readExposure } from '../../cli/web/exposure.ts';
import { newService } from '../service/service-fixture.ts';

const pem = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'certificate', name));
const TLS = { certificate: pem('certificate.pem'), privateKey: pem('key.pem') };
const NO_TLS = { certificate: undefined, privateKey: undefined };

async function newServer(tls: typeof TLS | typeof NO_TLS): Promise<WebServer> {
  const { service, dataFolder, log } = await newService();
  return startWebServer({
    exposure: readExposure({ host: '127.0.0.1', proxiedAs: undefined, ...tls }),
    port: 0,
    service,
    uploads: new Uploads({ service, folders: () => Promise.resolve([]), dataFolder, log }),
    files: new Map(),
    signIn: null,
    log,
    now: () => 0,
  });
}

/** Says something, and never ends its own half. */
async function holdOpen({ port }: WebServer, says: string): Promise<Socket> {
  const connection = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void connection.destroy());
  connection.on('error', () => connection.destroy());
  await once(connection, 'connect');
  connection.write(says);
  return connection;
}

it('ends although a socket that was refused is never ended by who asked for it', async () => {
  const server = await newServer(NO_TLS);
  const asked = await holdOpen(
    server,
    `GET /socket HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
  );
  const [answer] = (await once(asked, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 403 /);
  await server.close();
});

it.each([
  ['nothing', ''],
  ['half a request', 'GET / HTTP/1.1\r\nho'],
])('ends although somebody is connected who said %s', async (_what, says) => {
  const server = await newServer(NO_TLS);
  await holdOpen(server, says);
  await server.close();
});

it('ends although somebody is connected who never begins with TLS', async () => {
  const server = await newServer(TLS);
  await holdOpen(server, '');
  await server.close();
});
