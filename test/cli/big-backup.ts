// A backup large enough that stopping the program in the middle of it is no matter of luck.

import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { pack } from 'tar-stream';

const PART_BYTES = 24 * 1024 * 1024;
const PARTS = ['homeassistant', 'share', 'media', 'ssl'];

/** A backup that is not encrypted, of about 100 MB. `slug` tells it from others. */
export async function writePlainBackup(path: string, slug = 'b1gb4cku'): Promise<void> {
  const outer = pack();
  const writing = pipeline(outer, createWriteStream(path));
  const description = {
    slug,
    version: 2,
    name: 'Big',
    date: '2025-02-13T09:36:00+00:00',
    type: 'partial',
    supervisor_version: '2025.02.1',
    homeassistant: { version: '2025.2.2', size: 1, exclude_database: false },
    folders: PARTS.slice(1),
    addons: [],
    repositories: [],
    compressed: false,
    protected: false,
    extra: {},
  };
  const add = (name: string, content: Buffer): Promise<void> =>
    new Promise((resolve, reject) =>
      outer.entry({ name }, content, (error) => (error ? reject(error) : resolve())),
    );
  for (const part of PARTS) await add(`./${part}.tar`, await innerTar());
  await add('./backup.json', Buffer.from(JSON.stringify(description)));
  outer.finalize();
  await writing;
}

async function innerTar(): Promise<Buffer> {
  const inner = pack();
  inner.entry({ name: './data.bin' }, randomBytes(PART_BYTES));
  inner.finalize();
  return Buffer.concat(await Array.fromAsync(inner as AsyncIterable<Buffer>));
}
