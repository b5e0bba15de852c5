// Bringing emergency kits into the vault: chosen by path, or dropped with their text. Many at once, one report of all. Backups that
// were dropped among them go the way of backups. The text of a kit is kept only as long as it is on its way.

import { decodeText, KIT_LIMIT_BYTES } from '../../../shared/emergency-kit.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import type { KitFileResult, KitImportReport } from '../../../shared/keys.ts';
import type { App } from '../../app/app.svelte.ts';
import { t } from '../../messages/messages.ts';

/** As many as one call takes. */
const KITS_A_CALL = 200;
const BACKUP = /\.tar$/i;

type Needs = Pick<App, 'client' | 'keys' | 'paths' | 'takingIn'>;
interface KitText {
  readonly name: string;
  readonly text: string;
}

export class KitImport {
  readonly #app: Needs;
  #report = $state.raw<KitImportReport | null>(null);
  #problem = $state.raw<unknown>(null);
  #fileCount = $state<number | null>(null);

  constructor(app: Needs) {
    this.#app = app;
  }

  /** Of the last import; null before the first. */
  get report(): KitImportReport | null {
    return this.#report;
  }

  /** Why nothing could be imported at all. */
  get problem(): unknown {
    return this.#problem;
  }

  /** How many files are being read, 0 for a folder; null while none are. */
  get fileCount(): number | null {
    return this.#fileCount;
  }

  /** Asks for files or a folder; nothing chosen changes nothing. */
  async choose(what: 'kits' | 'folder'): Promise<void> {
    try {
      const paths = await this.#app.paths.choose(what);
      if (paths.length === 0) return;
      await this.#take(what === 'kits' ? paths.length : 0, () =>
        this.#app.client.call('keys.importKits', { paths: [...paths] }),
      );
    } catch (error) {
      this.#problem = error;
    }
  }

  async takeFiles(files: readonly File[]): Promise<void> {
    const backups = files.filter(({ name }) => BACKUP.test(name));
    const kits = files.filter(({ name }) => !BACKUP.test(name));
    if (backups.length > 0) void this.#app.takingIn.takeFiles(backups, kits.length > 0 ? 'stay' : 'show');
    if (kits.length > 0) await this.#take(kits.length, () => this.#importTexts(kits));
  }

  forget(): void {
    this.#report = null;
    this.#problem = null;
  }

  async #take(fileCount: number, work: () => Promise<KitImportReport>): Promise<void> {
    this.forget();
    this.#fileCount = fileCount;
    try {
      this.#report = await work();
      await this.#app.keys.load();
    } catch (error) {
      this.#problem = error;
    } finally {
      this.#fileCount = null;
    }
  }

  async #importTexts(files: readonly File[]): Promise<KitImportReport> {
    const texts: KitText[] = [];
    const results: KitFileResult[] = [];
    for (const file of files) {
      const read = await readKit(file);
      if ('text' in read) texts.push(read);
      else results.push(read);
    }
    const passedOver: string[] = [];
    for (let first = 0; first < texts.length; first += KITS_A_CALL) {
      const kits = texts.slice(first, first + KITS_A_CALL);
      const report = await this.#app.client.call('keys.importKitTexts', { kits });
      results.push(...report.files);
      passedOver.push(...report.passedOver);
    }
    return { files: results, passedOver };
  }
}

async function readKit(file: File): Promise<KitText | KitFileResult> {
  const { name } = file;
  if (file.size > KIT_LIMIT_BYTES) return refusal(name, 'too-large');
  try {
    return { name, text: decodeText(new Uint8Array(await file.arrayBuffer())) };
  } catch (error) {
    if (error instanceof DOMException) return refusal(name, 'unreadable'); // a folder, or a file that is gone
    throw error;
  }
}

function refusal(name: string, why: 'too-large' | 'unreadable'): KitFileResult {
  const { code, message, hint } = new StrongroomError(
    why === 'too-large' ? 'USAGE' : 'IO_FAILED',
    t(`keys.kit.${why}`, { name }),
    { hint: t(`keys.kit.${why}-hint`) },
  );
  return { path: name, keys: [], error: { code, message, ...(hint === undefined ? {} : { hint }) } };
}
