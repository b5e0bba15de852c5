// The library as hosts get it: the use cases of the vault's keys, and the desk for those of many backups. The catalogue is
// opened when the first of them needs it: a damaged one must not keep anybody from the vault.

import type { BackupVerification, KeyMatch } from '../../shared/backup.ts';
import { toPlainError, type PlainError } from '../../shared/errors.ts';
import type {
  AddedKey,
  AdoptReport,
  CompromisedReport,
  DrillReport,
  KeyUse,
  KitImportReport,
  KitSaved,
  ListedKey,
  MatchReport,
  TypedKeyReport,
} from '../../shared/keys.ts';
import { openCatalog, type Catalog } from '../catalog/index.ts';
import type { Vault, VaultKey } from '../vault/index.ts';
import { addTypedKey, type TypedKeyRequest } from './add-typed-key.ts';
import { adoptKey, type AdoptOptions } from './adopt-key.ts';
import { drillKey } from './drill-key.ts';
import { generateKey } from './generate-key.ts';
import { importKitContents, importKits, type ImportOptions, type KitContent } from './import-kits.ts';
import { keyUses, withUses } from './key-uses.ts';
import { keysFor, rememberMatch } from './keys-for.ts';
import { LibraryDesk } from './library-desk.ts';
import { markCompromised } from './mark-compromised.ts';
import { matchKeys, type MatchOptions } from './match-keys.ts';
import { rebuildCatalog } from './rebuild-catalog.ts';
import { rememberVerification } from './remember-verification.ts';
import { checkUnneeded, removeKey, type RemovalOptions } from './remove-key.ts';
import { revealKey } from './reveal-key.ts';
import { exportKit, savePage, type SavingOptions } from './save-key.ts';
import type { LibraryEngine, LibraryServices } from './services.ts';

export interface LibraryOptions {
  readonly vault: Vault;
  /** The catalogue's file; it is made when it is first needed. */
  readonly catalogPath: string;
  readonly engine: LibraryEngine;
  /** Backups that are tried side by side, at least 1. */
  readonly threads: number;
}

/** Touches nothing yet. Close it when done. */
export function openLibrary(options: LibraryOptions): Library {
  return new Library(options);
}

/** What each does, takes and throws is said where it is written. */
export class Library {
  readonly #vault: Vault;
  readonly #services: LibraryServices;
  readonly #openCatalog: () => Catalog;
  /** Folders, scans, batches, jobs, watching. */
  readonly desk: LibraryDesk;
  #catalog: Catalog | null = null;

  constructor({ vault, catalogPath, engine, threads }: LibraryOptions) {
    const open = (): Catalog => (this.#catalog ??= openCatalog(catalogPath));
    this.#vault = vault;
    this.#openCatalog = open;
    this.#services = {
      vault,
      engine,
      threads,
      get catalog() {
        return open();
      },
    };
    this.desk = new LibraryDesk({
      services: this.#services,
      vault,
      catalogProblem: () => this.catalogProblem(),
      rebuildCatalog: () => {
        this.#closeCatalog();
        return rebuildCatalog(catalogPath);
      },
    });
  }

  /** Why the catalogue cannot serve; null where it can. The keys are known without it, what they open is not. */
  catalogProblem(): PlainError | null {
    try {
      this.#openCatalog();
      return null;
    } catch (error) {
      return toPlainError(error);
    }
  }

  /** With what each opens, where the catalogue serves. @throws VAULT_LOCKED, NO_VAULT, DAMAGED_VAULT */
  async listKeys(): Promise<ListedKey[]> {
    const keys = await this.#vault.list();
    if (this.catalogProblem() !== null) return keys.map((key) => ({ ...key, use: null }));
    return withUses(keys, this.#openCatalog());
  }

  keyUses(): Map<string, KeyUse> {
    return keyUses(this.#services);
  }

  importKits(paths: readonly string[], options?: ImportOptions): Promise<KitImportReport> {
    return importKits(this.#services, paths, options);
  }

  importKitContents(kits: readonly KitContent[]): Promise<KitImportReport> {
    return importKitContents(this.#services, kits);
  }

  addTypedKey(request: TypedKeyRequest): Promise<TypedKeyReport> {
    return addTypedKey(this.#services, request);
  }

  adoptKey(path: string, options?: AdoptOptions): Promise<AdoptReport> {
    return adoptKey(this.#services, path, options);
  }

  generateKey(options?: { readonly label?: string }): Promise<AddedKey> {
    return generateKey(this.#vault, options);
  }

  checkUnneeded(id: string, options?: RemovalOptions): Promise<void> {
    return checkUnneeded(this.#services, id, options);
  }

  removeKey(id: string, options?: RemovalOptions): Promise<void> {
    return removeKey(this.#services, id, options);
  }

  markCompromised(id: string): Promise<CompromisedReport> {
    return markCompromised(this.#services, id);
  }

  matchKeys(paths: readonly string[], options?: MatchOptions): Promise<MatchReport> {
    return matchKeys(this.#services, paths, options);
  }

  keysFor(path: string): Promise<VaultKey[]> {
    return keysFor(this.#services, path);
  }

  rememberMatch(
    path: string,
    match: KeyMatch,
    keys: readonly { readonly id?: string; readonly label: string }[],
  ): Promise<void> {
    return rememberMatch(this.#services, path, match, keys);
  }

  rememberVerification(verification: BackupVerification): Promise<void> {
    return rememberVerification(this.#services, verification);
  }

  revealKey(id: string): Promise<Buffer> {
    return revealKey(this.#vault, id);
  }

  exportKit(id: string, options: SavingOptions): Promise<KitSaved> {
    return exportKit(this.#vault, id, options);
  }

  savePage(id: string, options: SavingOptions): Promise<void> {
    const uses = this.catalogProblem() === null ? this.keyUses() : null;
    return savePage(this.#vault, id, uses?.get(id) ?? null, options);
  }

  drillKey(id: string, copies: readonly Buffer[]): Promise<DrillReport> {
    return drillKey(this.#vault, id, copies);
  }

  /** Ends what runs, and closes the catalogue, which is opened again where it is still needed. */
  async close(): Promise<void> {
    await this.desk.close();
    this.#closeCatalog();
  }

  #closeCatalog(): void {
    this.#catalog?.close();
    this.#catalog = null;
  }
}
