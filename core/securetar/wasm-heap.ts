// One borrowed region of a WebAssembly heap, through which the calls of sodium-wasm.ts pass their bytes.
// Nothing may stay in it after a call: it is zeroed each time, keys and states live outside.

import { misuse } from './refusals.ts';

/** Addresses are whole multiples of this, as malloc gives them. */
const ALIGNMENT_BYTES = 16;

/** The memory functions of a module compiled by Emscripten. */
export interface RawHeap {
  /** Replaced when the heap grows: never keep it over a call. */
  readonly HEAPU8: Uint8Array;
  _malloc(sizeBytes: number): number;
  _free(address: number): void;
}

/** All calls are synchronous, so one region is enough. */
export class HeapRegion {
  readonly #raw: RawHeap;
  #address = 0;
  #sizeBytes = 0;

  constructor(raw: RawHeap) {
    this.#raw = raw;
  }

  /**
   * Gives `use` one address for each part: a Uint8Array is copied in, a number reserves that many bytes.
   * Afterwards the parts in `results` are copied out, unless `use` gave nonzero, which is also the answer.
   */
  call(
    parts: readonly (Uint8Array | number)[],
    use: (addresses: readonly number[]) => number,
    results: readonly (readonly [part: number, into: Uint8Array])[],
  ): number {
    const sizes = parts.map((part) => (typeof part === 'number' ? part : part.length));
    const totalBytes = sizes.reduce((sum, size) => sum + roundUp(size), 0);
    this.#reserve(totalBytes);
    let next = this.#address;
    const addresses = sizes.map((size) => {
      const address = next;
      next += roundUp(size);
      return address;
    });
    try {
      parts.forEach((part, i) => {
        if (typeof part !== 'number') this.#raw.HEAPU8.set(part, addresses[i]);
      });
      const status = use(addresses);
      if (status === 0) {
        for (const [part, into] of results) {
          const address = addresses[part]!;
          into.set(this.#raw.HEAPU8.subarray(address, address + into.length));
        }
      }
      return status;
    } finally {
      this.#raw.HEAPU8.fill(0, this.#address, this.#address + totalBytes);
    }
  }

  #reserve(sizeBytes: number): void {
    if (sizeBytes <= this.#sizeBytes) return;
    if (this.#address !== 0) this.#raw._free(this.#address);
    this.#sizeBytes = 0;
    this.#address = this.#raw._malloc(sizeBytes);
    if (this.#address === 0) throw misuse('the WebAssembly heap is exhausted');
    this.#sizeBytes = sizeBytes;
  }
}

function roundUp(sizeBytes: number): number {
  return Math.ceil(sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}
