// The content of each part of the salvaged backup: copied, or rebuilt and encrypted as it was, with the same key.

import type { FileHandle } from 'node:fs/promises';

import { readRange } from '../../files/index.ts';
import {
  deriveValidationKey,
  newV3Archive,
  parseHeader,
  sealV1,
  sealV2,
  sealV3,
  v1StreamBytes,
  v2StreamBytes,
  v3StreamBytes,
  type V3Archive,
  type V3Header,
} from '../../securetar/index.ts';
import type { KeyRing } from '../open/key-ring.ts';
import { isEncrypted } from '../file/member.ts';
import type { BackupKey } from '../options.ts';
import type { Opening } from './mend.ts';
import { available, type Assessment } from './assess.ts';
import { rebuiltArchive, rebuiltTarBytes, type Survey } from './survey.ts';
import type { OutputPart } from './write.ts';

export interface PartsJob {
  readonly handle: FileHandle;
  readonly ring: KeyRing;
  readonly signal: AbortSignal | undefined;
}

/** Makes the parts; owns the keys it derives for new v3 parts until `wipe`. */
export class SalvagedParts {
  readonly #job: PartsJob;
  readonly #assessments: readonly Assessment[];
  readonly #fresh = new Map<BackupKey, V3Archive>();
  /** Versions side by side could not be restored: what is rebuilt follows what is copied. */
  readonly #format: 'v1' | 'v2' | 'v3';

  constructor(job: PartsJob, assessments: readonly Assessment[]) {
    this.#job = job;
    this.#assessments = assessments;
    const copied = assessments.filter(({ fate }) => fate.kind === 'copy').map(({ opening }) => opening);
    const isLegacy = ({ member, mended }: Opening) =>
      mended?.version === 2 || (isEncrypted(member.variant) === true && member.variant !== 'v3');
    if (copied.some(({ member }) => member.variant === 'v1')) this.#format = 'v1';
    else this.#format = copied.some(isLegacy) ? 'v2' : 'v3';
  }

  /** One part as it will stand in the new file; null when it is lost. Reads a rebuilt one through for its size. */
  async make(assessment: Assessment): Promise<OutputPart | null> {
    const { fate, opening } = assessment;
    const { entry } = opening.member;
    if (fate.kind === 'lost') return null;
    if (fate.kind === 'copy') {
      const { header } = fate;
      const { sizeBytes } = entry;
      return { entry, sizeBytes, isCopied: true, content: () => this.#copied(assessment, header) };
    }
    const { survey } = fate;
    const plaintextBytes = await this.#sizeOf(assessment, survey);
    const { key } = opening;
    if (key === null) {
      const content = () => this.#rebuilt(assessment, survey);
      return { entry, sizeBytes: plaintextBytes, isCopied: false, content };
    }
    const sizeBytes = this.#sealedBytes(plaintextBytes, survey);
    const content = () => this.#sealed(this.#rebuilt(assessment, survey), key, plaintextBytes, survey);
    return { entry, sizeBytes, isCopied: false, content };
  }

  wipe(): void {
    for (const { rootKey } of this.#fresh.values()) rootKey.fill(0);
    this.#fresh.clear();
  }

  async #sizeOf(assessment: Assessment, survey: Survey): Promise<number> {
    if (!survey.compressed) return rebuiltTarBytes(survey);
    // A first pass only counts: a v3 header states the size, and plaintext must not wait on the disk.
    let bytes = 0;
    for await (const piece of this.#rebuilt(assessment, survey)) bytes += piece.length;
    return bytes;
  }

  #rebuilt({ opening }: Assessment, survey: Survey): AsyncIterable<Buffer> {
    const { handle, ring, signal } = this.#job;
    return rebuiltArchive(available({ handle, ring, signal, onBytes: () => undefined }, opening), survey);
  }

  async *#copied({ opening }: Assessment, header: Buffer | null): AsyncGenerator<Buffer> {
    const { dataOffset, sizeBytes } = opening.member.entry;
    const from = header?.length ?? 0;
    if (header !== null) yield header;
    const { handle, signal } = this.#job;
    yield* readRange(handle, dataOffset + from, sizeBytes - from, { signal });
  }

  #sealedBytes(plaintextBytes: number, { compressed }: Survey): number {
    switch (this.#format) {
      case 'v1':
        return v1StreamBytes(plaintextBytes, compressed);
      case 'v2':
        return v2StreamBytes(plaintextBytes);
      case 'v3':
        return v3StreamBytes(plaintextBytes);
    }
  }

  #sealed(
    content: AsyncIterable<Buffer>,
    key: BackupKey,
    plaintextSizeBytes: number,
    { compressed }: Survey,
  ): AsyncIterable<Buffer> {
    const { ring } = this.#job;
    switch (this.#format) {
      case 'v1':
        return sealV1(content, { key: ring.legacyKey(key), compressed });
      case 'v2':
        return sealV2(content, { key: ring.legacyKey(key), plaintextSizeBytes });
      case 'v3':
        return sealV3(content, { sodium: ring.sodium, ...this.#archiveFor(key), plaintextSizeBytes });
    }
  }

  /** The salts of a v3 part that this key opens, so that one Argon2id run opens all; fresh ones where there is none. */
  #archiveFor(key: BackupKey): V3Archive {
    const { ring } = this.#job;
    const header = this.#siblingHeader(key);
    if (header !== null) {
      const { rootSalt, validationSalt } = header;
      const rootKey = ring.rootKey(key, rootSalt);
      const validationKey = deriveValidationKey(ring.sodium, rootKey, validationSalt);
      return { rootSalt, validationSalt, validationKey, rootKey };
    }
    const known = this.#fresh.get(key) ?? newV3Archive(ring.sodium, key.password);
    this.#fresh.set(key, known);
    return known;
  }

  #siblingHeader(key: BackupKey): V3Header | null {
    for (const { opening, fate } of this.#assessments) {
      if (opening.key !== key || fate.kind === 'lost') continue;
      if (opening.mended?.version === 3) return opening.mended;
      if (opening.mended !== null || opening.member.variant !== 'v3') continue;
      const header = parseHeader(opening.member.start);
      if (header.version === 3) return header;
    }
    return null;
  }
}
