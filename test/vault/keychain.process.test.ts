// The system's keychain adapter against a real Secret Service (gnome-keyring), as it is on a Linux desktop.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { homelessEnvironment, SecretService, secretServiceMissing } from '../support/secret-service.ts';
import { runKeychain, type KeychainRun } from './run-keychain.ts';

const SECRET = '00ff10ef20df30cf40bf50af60a070907f8081fe7e2b2f3d0a0d09deadbeef5a';
const OTHER = 'ab'.repeat(32);
const LIMIT_MS = 20_000;
const missing = secretServiceMissing();

const values = ({ steps }: KeychainRun) =>
  steps.map(({ value, error }) => (error === undefined ? value : error));
const failed = (reason: string): unknown =>
  expect.objectContaining({
    code: 'KEYCHAIN_FAILED',
    details: expect.objectContaining({ reason }) as unknown,
  });

describe('a keychain that is open', () => {
  const service = useService();

  it('keeps, replaces and forgets a secret, for each account on its own', async () => {
    const run = await runKeychain(service().env, LIMIT_MS, [
      'read:one',
      `write:one:${SECRET}`,
      `write:two:${OTHER}`,
      'read:one',
      `write:one:${OTHER}`,
      'read:one',
      `write:one:${SECRET}`,
      'remove:two',
      'remove:two',
      'read:two',
      'read:one',
    ]);
    expect(values(run)).toEqual([null, null, null, SECRET, null, OTHER, null, true, false, null, SECRET]);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('shows its entry to other programs, as base64 under “Strongroom”', async () => {
    await runKeychain(service().env, LIMIT_MS, [`write:vault:${SECRET}`]);
    const found = service().lookUp('service', 'Strongroom', 'username', 'vault');
    expect(found).toBe(Buffer.from(SECRET, 'hex').toString('base64'));
  });

  it('gives the secret to another process, also after the keychain was started anew', async () => {
    await runKeychain(service().env, LIMIT_MS, [`write:vault:${SECRET}`]);
    await service().end();
    await service().unlock();
    expect(values(await runKeychain(service().env, LIMIT_MS, ['read:vault']))).toEqual([SECRET]);
  });

  it('fails, and does not crash, when the keychain dies between two calls', async () => {
    const steps = [`write:vault:${SECRET}`, `signal:SIGKILL:${service().pid}`, 'read:vault'];
    const run = await runKeychain(service().env, LIMIT_MS, steps);
    expect(values(run)).toEqual([null, true, failed('missing')]);
    expect(run.exitCode).toBe(0);
  });

  it('fails, and does not crash, when the keychain dies while it is asked', async () => {
    await runKeychain(service().env, LIMIT_MS, [`write:vault:${SECRET}`]);
    service().signal('SIGSTOP');
    const call = await service().expectCall();
    const run = runKeychain(service().env, LIMIT_MS, ['read:vault']);
    await call.arrived;
    await service().end();
    expect(values(await run)).toEqual([failed('missing')]);
    expect((await run).exitCode).toBe(0);
  });

  it('is given up after the time limit while it hangs, and the program goes on meanwhile', async () => {
    service().signal('SIGSTOP');
    const run = await runKeychain(service().env, 500, ['read:vault', 'read:vault', `write:vault:${SECRET}`]);
    expect(values(run)).toEqual([failed('silent'), failed('silent'), failed('silent')]);
    const [first, second, third] = run.steps;
    expect(first?.error?.message).toBe('The keychain did not answer within 0.5 seconds.');
    expect(first?.ticks).toBeGreaterThan(10);
    expect(second?.error?.message).toBe(first?.error?.message);
    expect(Math.max(second?.tookMs ?? Infinity, third?.tookMs ?? Infinity)).toBeLessThan(250);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('can be asked again when it has come round, by another keychain at once, by the same later', async () => {
    const { pid } = service();
    const run = await runKeychain(service().env, 1000, [
      `write:vault:${SECRET}`,
      `signal:SIGSTOP:${pid}`,
      'read:vault',
      `signal:SIGCONT:${pid}`,
      'wait-until-free:vault',
      'fresh',
      'read:vault',
    ]);
    expect(values(run)).toEqual([null, true, failed('silent'), true, SECRET, null, SECRET]);
  });
});

describe('a keychain that is locked', () => {
  const service = useService();

  it('refuses everything at once when nobody opens it', async () => {
    await lock(service());
    const run = await runKeychain(service().env, LIMIT_MS, [
      'read:vault',
      `write:vault:${OTHER}`,
      'remove:vault',
    ]);
    expect(values(run)).toEqual([failed('refused'), failed('refused'), failed('refused')]);
    for (const { tookMs } of run.steps) expect(tookMs).toBeLessThan(5000);
    await service().end();
    await service().unlock();
    expect(values(await runKeychain(service().env, LIMIT_MS, ['read:vault']))).toEqual([SECRET]);
  });

  it('takes nothing before it has ever been set up', async () => {
    await service().end();
    const fresh = await SecretService.start();
    try {
      await fresh.runLocked();
      const run = await runKeychain(fresh.env, LIMIT_MS, [`write:vault:${SECRET}`, 'read:vault']);
      expect(values(run)).toEqual([failed('refused'), null]);
    } finally {
      await fresh.stop();
    }
  });
});

describe('a keychain that asks a person who is not there', () => {
  const service = useService('never answers');

  it('is given up after the time limit, and the program ends at once although the question stays', async () => {
    await lock(service());
    const run = await runKeychain(service().env, 500, ['read:vault']);
    expect(values(run)).toEqual([failed('silent')]);
    expect(run.steps[0]?.ticks).toBeGreaterThan(10);
    expect(run.endingMs).toBeLessThan(8000); // gnome-keyring itself gives up after 25 s
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('no keychain', () => {
  it('on a bus without a Secret Service: says that none answers', async (ctx) => {
    if (missing !== null) return ctx.skip(missing);
    const service = await SecretService.start();
    try {
      const run = await runKeychain(service.env, LIMIT_MS, [`write:vault:${SECRET}`, 'read:vault']);
      expect(values(run)).toEqual([failed('missing'), failed('missing')]);
    } finally {
      await service.stop();
    }
  });

  it('without a bus: says so, and puts nothing into the kernel’s keyring, which forgets', async (ctx) => {
    if (process.platform !== 'linux') return ctx.skip('The kernel’s keyring is of Linux');
    const folder = mkdtempSync(join(tmpdir(), 'strongroom-no-bus-'));
    try {
      const account = randomUUID();
      const steps = [`write:${account}:${SECRET}`, `read:${account}`, `remove:${account}`, 'kernel-keys'];
      const run = await runKeychain(homelessEnvironment(folder), LIMIT_MS, steps);
      const [written, read, removed, kernelKeys] = values(run);
      expect([written, read, removed]).toEqual([failed('missing'), failed('missing'), failed('missing')]);
      expect(kernelKeys).not.toContain(account);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** A Secret Service for each test of a block, open. */
function useService(prompter: 'refuses' | 'never answers' = 'refuses'): () => SecretService {
  let service: SecretService | null = null;
  beforeEach(async (ctx) => {
    if (missing !== null) return ctx.skip(missing);
    service = await SecretService.start(prompter);
    await service.unlock();
  });
  afterEach(async () => {
    await service?.stop();
    service = null;
  });
  return () => {
    if (service === null) throw new Error('no Secret Service');
    return service;
  };
}

/** Stores a secret and locks the collection that holds it. */
async function lock(service: SecretService): Promise<void> {
  await runKeychain(service.env, LIMIT_MS, [`write:vault:${SECRET}`]);
  await service.end();
  await service.runLocked();
}
