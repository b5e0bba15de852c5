// The desktop window's transport: what the preload gives is passed on, and dropped files become paths.

import { describe, expect, it } from 'vitest';

import { bridgeTransport, type Bridge } from '../../renderer/transport/bridge.ts';
import { Client } from '../../renderer/transport/client.ts';
import { errorCode } from '../../shared/errors.ts';

function madeBridge(paths: Readonly<Record<string, string>>): Bridge & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    invoke: (name, input) => {
      asked.push([name, input]);
      return Promise.resolve({ ok: true, value: { identities: [], folders: [], problems: [] } });
    },
    subscribe: () => () => undefined,
    pathOf: (file) => paths[file.name] ?? '',
  };
}

describe('the bridge', () => {
  it('takes in dropped files by their paths', async () => {
    const bridge = madeBridge({ 'a.tar': '/backups/a.tar' });
    await new Client(bridgeTransport(bridge)).takeIn([
      new File([], 'a.tar'),
      new File([], 'from a page.tar'),
    ]);
    expect(bridge.asked).toEqual([['library.takeIn', { paths: ['/backups/a.tar'] }]]);
  });

  it('says that what has no path is no file of this computer', async () => {
    const client = new Client(bridgeTransport(madeBridge({})));
    const thrown: unknown = await client.takeIn([new File([], 'a.tar')]).catch((error: unknown) => error);
    expect(errorCode(thrown)).toBe('USAGE');
  });
});
