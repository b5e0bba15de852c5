// settings.json in the data folder: read with a default for whatever it does not say, or says in a way that is not understood;
// written whole. A file that was not understood in all is kept beside. It holds no secret. Several programs may have it open.

import { constants } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import * as v from 'valibot';

import { SETTINGS_CHANGE } from '../../shared/contract/index.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../shared/settings.ts';
import { syncFolder, writePrivateFile } from '../files/index.ts';
import type { Log } from './log.ts';

const NAME = 'settings.json';
/** Many times what it ever has. */
const LIMIT_BYTES = 64 * 1024;
const AREA = 'settings';

export type SettingsChange = v.InferOutput<typeof SETTINGS_CHANGE>;

export class SettingsFile {
  readonly #path: string;
  readonly #log: Log;
  #settings: Settings = DEFAULT_SETTINGS;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  /** Never fails: what cannot be read is as if it were not there, and the log says so. */
  static async open(dataFolder: string, log: Log): Promise<SettingsFile> {
    const file = new SettingsFile(join(dataFolder, NAME), log);
    await file.#read();
    return file;
  }

  get current(): Settings {
    return this.#settings;
  }

  /** Writes what is given over what is set. @throws OUTPUT_REFUSED, NO_SPACE, IO_FAILED: then nothing has changed */
  change(change: SettingsChange): Promise<Settings> {
    const changed = this.#writing.then(async () => {
      await this.#read(); // another program may have changed something else in it
      const settings: Settings = { ...this.#settings, ...change };
      await this.#write(settings);
      this.#settings = settings;
      return settings;
    });
    this.#writing = changed.catch(() => undefined); // whoever asked for the change is told
    return changed;
  }

  async #read(): Promise<void> {
    try {
      const text = await readSmallFile(this.#path);
      if (text === null) return;
      const { settings, isWhole } = understand(text, this.#settings);
      this.#settings = settings;
      if (!isWhole) await this.#putAside(settings);
    } catch (error) {
      this.#log.failure(AREA, 'The settings could not be read, or not be kept beside', error);
    }
  }

  async #putAside(settings: Settings): Promise<void> {
    const time = new Date().toISOString().replace(/[:.]/g, '-');
    const aside = join(dirname(this.#path), `settings-${time}.json`);
    await copyFile(this.#path, aside, constants.COPYFILE_EXCL);
    await this.#write(settings);
    this.#log.warn(AREA, `Not all of the settings was understood. The file as it was is kept as “${aside}”.`);
  }

  async #write(settings: Settings): Promise<void> {
    const partial = `${this.#path}.partial`;
    await mkdir(dirname(this.#path), { recursive: true });
    await rm(partial, { force: true }); // left by a program that was killed
    await writePrivateFile(partial, Buffer.from(`${JSON.stringify(settings, null, 2)}\n`));
    await rename(partial, this.#path);
    await syncFolder(dirname(this.#path));
  }
}

/** Each value by itself: one that is wrong costs no other. What is not said stays as it was. */
function understand(
  text: string,
  otherwise: Settings,
): { readonly settings: Settings; readonly isWhole: boolean } {
  const json = parseJson(text);
  if (json === null) return { settings: otherwise, isWhole: false };
  const understood: Record<string, unknown> = {};
  let isWhole = true;
  for (const [name, value] of Object.entries(json)) {
    const schema = Object.hasOwn(SETTINGS_CHANGE.entries, name)
      ? SETTINGS_CHANGE.entries[name as keyof typeof SETTINGS_CHANGE.entries]
      : null;
    if (schema !== null && v.is(schema.wrapped, value)) understood[name] = value;
    else isWhole = false;
  }
  return { settings: { ...otherwise, ...understood }, isWhole };
}

function parseJson(text: string): object | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : null;
  } catch {
    return null; // not JSON: none of it is understood
  }
}

/** null where there is none. */
async function readSmallFile(path: string): Promise<string | null> {
  const handle = await openOrNull(path);
  if (handle === null) return null;
  try {
    const bytes = Buffer.alloc(LIMIT_BYTES + 1);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return bytesRead > LIMIT_BYTES ? '' : bytes.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function openOrNull(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
