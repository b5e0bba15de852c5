// The web shell's transport against a real WebSocket server: answers find their questions, a lost connection is told and mended.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';

import { Client } from '../../renderer/transport/client.ts';
import { socketTransport } from '../../renderer/transport/socket.ts';
import { errorCode } from '../../shared/errors.ts';

let servers: WebSocketServer[] = [];

async function listening(): Promise<{ readonly server: WebSocketServer; readonly address: string }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, address: `ws://127.0.0.1:${port}` };
}

/** Answers each call with its own name; 'vault.status' never. */
function answer(socket: ServerSocket): void {
  socket.on('message', (data: Buffer) => {
    const { id, call } = JSON.parse(data.toString()) as { id: number; call: string };
    if (call === 'keys.list')
      socket.send(
        JSON.stringify({ id, reply: { ok: false, error: { code: 'VAULT_LOCKED', message: 'Locked.' } } }),
      );
    else if (call !== 'vault.status') socket.send(JSON.stringify({ id, reply: { ok: true, value: call } }));
  });
}

afterEach(() => {
  for (const server of servers) {
    for (const socket of server.clients) socket.terminate();
    server.close();
  }
  servers = [];
});

describe('the socket', () => {
  it('brings every answer to its question, asked before it was open', async () => {
    const { server, address } = await listening();
    server.on('connection', answer);
    const client = new Client(socketTransport(address));
    const [library, jobs] = await Promise.all([
      client.call('library.status', {}),
      client.call('jobs.list', { limit: 1 }),
    ]);
    expect([library, jobs]).toEqual(['library.status', 'jobs.list']);
  });

  it('brings errors as errors', async () => {
    const { server, address } = await listening();
    server.on('connection', answer);
    const client = new Client(socketTransport(address));
    const thrown: unknown = await client.call('keys.list', {}).catch((error: unknown) => error);
    expect(errorCode(thrown)).toBe('VAULT_LOCKED');
  });

  it('brings events to those who listen for their kind, until they stop', async () => {
    const { server, address } = await listening();
    const connected = once(server, 'connection') as Promise<[ServerSocket]>;
    const client = new Client(socketTransport(address));
    const heard: unknown[] = [];
    const stop = client.on('vault', (event) => heard.push(event));
    const [socket] = await connected;
    const scan = new Promise((resolve) => client.on('scan', resolve));
    socket.send(JSON.stringify({ event: { kind: 'vault', why: 'locked' } }));
    socket.send(JSON.stringify({ event: { kind: 'scan', progress: null } }));
    await scan;
    stop();
    const second = new Promise((resolve) => client.on('match', resolve));
    socket.send(JSON.stringify({ event: { kind: 'vault', why: 'unlocked' } }));
    socket.send(JSON.stringify({ event: { kind: 'match', progress: null } }));
    await second;
    expect(heard).toEqual([{ kind: 'vault', why: 'locked' }]);
  });

  it('answers what was under way when the connection is lost, connects anew, and says so', async () => {
    const { server, address } = await listening();
    server.on('connection', answer);
    const connected = once(server, 'connection') as Promise<[ServerSocket]>;
    const client = new Client(socketTransport(address));
    const told: string[] = [];
    const back = new Promise<void>((resolve) => {
      client.watchConnection((state) => {
        told.push(state);
        if (state === 'back') resolve();
      });
    });
    const [socket] = await connected;
    const received = once(socket, 'message');
    const waiting = client.call('vault.status', {}).catch((error: unknown) => error);
    await received;
    socket.terminate();
    expect(errorCode(await waiting)).toBe('IO_FAILED');
    await back;
    expect(told).toEqual(['away', 'back']);
    expect(await client.call('library.status', {})).toBe('library.status');
  });

  it('says at once that nobody answers while nobody does', async () => {
    const { server, address } = await listening();
    server.close();
    await once(server, 'close');
    const client = new Client(socketTransport(address));
    const thrown: unknown = await client.call('library.status', {}).catch((error: unknown) => error);
    expect(errorCode(thrown)).toBe('IO_FAILED');
  });
});
