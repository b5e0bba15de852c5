// Walks the symbols of a deflate stream (RFC 1951) without inflating it, to find the bit after which it can be cut.
// Counts output lengths only, so it needs no window. Must never take a symbol for complete that reaches beyond the
// input, and holds no more than a piece, a stored block and a block header.
import { StrongroomError } from '../../shared/errors.ts';
import {
  BLOCK_HEADER_LIMIT_BYTES,
  type BlockCode,
  END_OF_BLOCK,
  FIXED_CODE,
  peekBits,
  readDynamicCode,
} from './block-code.ts';
import { decodeSymbol, type SymbolBits } from './huffman.ts';

/** The last place at which the deflate data can be cut, bits counted from its start. */
export interface DeflateBoundary {
  /** Bits up to here are complete symbols, or whole blocks. */
  readonly bitOffset: number;
  /** Bytes those bits inflate to, {@link storedBytes} included. */
  readonly decodedBytes: number;
  /** Whether the last block ended. */
  readonly isWhole: boolean;
  /** What must follow to end the block, null between blocks. */
  readonly endOfBlock: SymbolBits | null;
  /** Where the kept block that calls itself the last does so, null when none does. */
  readonly finalBitOffset: number | null;
  /** The kept bits of the byte in which `bitOffset` lies. */
  readonly partialByte: number;
  /** What there is of a stored block that begins at `bitOffset` and was cut. */
  readonly storedBytes: Buffer;
}

const LENGTH_EXTRA_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const LENGTH_BASES = LENGTH_EXTRA_BITS.map((_, at, bits) =>
  at === 28 ? 258 : bits.slice(0, at).reduce((base, extra) => base + (1 << extra), 3),
);
const LAST_LENGTH_SYMBOL = 285;
const LAST_DISTANCE_SYMBOL = 29;
/** Zeros after the input, so that a look beyond its end needs no check. */
const SLACK = Buffer.alloc(BLOCK_HEADER_LIMIT_BYTES + 8);
const MAX_CODE_BITS = 15;
/** A length and a distance with their extra bits have 48 bits at most. */
const SYMBOL_LIMIT_BITS = 64;

type Step = 'go-on' | 'need-more' | 'stop';

/** Takes pieces of deflate data until it is done or they end. */
export class DeflateScanner {
  readonly #limitBytes: number;
  #bytes: Buffer = SLACK;
  #position = 0;
  #endBits = 0;
  #droppedBits = 0;
  #isLastPiece = false;
  #isStopped = false;
  #isWhole = false;
  #decodedBytes = 0;
  #code: BlockCode | null = null;
  #finalBitOffset: number | null = null;
  #storedBytes: Buffer = Buffer.alloc(0);

  /** Stops before the symbol whose output would exceed `limitBytes`. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Whether further pieces make no difference. */
  get isDone(): boolean {
    return this.#isStopped;
  }

  /**
   * Scans one more piece, of at most 16 MiB.
   *
   * @throws DAMAGED_PAYLOAD when the data is no deflate data
   */
  push(piece: Buffer): void {
    const keptFrom = this.#position >>> 3;
    const rest = this.#bytes.subarray(keptFrom, this.#endBits >>> 3);
    this.#droppedBits += keptFrom * 8;
    this.#position &= 7;
    this.#bytes = Buffer.concat([rest, piece, SLACK]);
    this.#endBits = (rest.length + piece.length) * 8;
    this.#run();
  }

  /**
   * Says that there is no more, and returns the last boundary.
   *
   * @throws DAMAGED_PAYLOAD when the data is no deflate data
   */
  finish(): DeflateBoundary {
    this.#isLastPiece = true;
    this.#run();
    return {
      bitOffset: this.#droppedBits + this.#position,
      decodedBytes: this.#decodedBytes + this.#storedBytes.length,
      isWhole: this.#isWhole,
      endOfBlock: this.#code === null ? null : this.#code.endOfBlock,
      finalBitOffset: this.#finalBitOffset,
      partialByte: this.#bytes[this.#position >>> 3]! & ((1 << (this.#position & 7)) - 1),
      storedBytes: Buffer.from(this.#storedBytes),
    };
  }

  #run(): void {
    let step: Step = 'go-on';
    while (!this.#isStopped && step === 'go-on') {
      step = this.#code === null ? this.#readBlockStart() : this.#readSymbols(this.#code);
      if (step === 'stop') this.#isStopped = true;
    }
  }

  #readBlockStart(): Step {
    if (!this.#isLastPiece && this.#endBits - this.#position < BLOCK_HEADER_LIMIT_BYTES * 8)
      return 'need-more';
    const start = this.#position;
    const head = peekBits(this.#bytes, start);
    const type = (head >>> 1) & 3;
    if (start + 3 > this.#endBits) return 'stop';
    const finalBitOffset = (head & 1) === 1 ? this.#droppedBits + start : null;
    if (type === 3) throw this.#damaged();
    if (type === 0) return this.#readStoredBlock(finalBitOffset);
    const read =
      type === 1 ? { position: start + 3, code: FIXED_CODE } : readDynamicCode(this.#bytes, start + 3);
    if (read.position > this.#endBits) return 'stop';
    if (read.code === null) throw this.#damaged();
    this.#position = read.position;
    this.#code = read.code;
    this.#finalBitOffset = finalBitOffset;
    return 'go-on';
  }

  #readStoredBlock(finalBitOffset: number | null): Step {
    const dataFrom = ((this.#position + 3 + 7) >>> 3) + 4;
    const endBytes = this.#endBits >>> 3;
    if (dataFrom > endBytes) return this.#isLastPiece ? 'stop' : 'need-more';
    const length = this.#bytes.readUInt16LE(dataFrom - 4);
    if ((length ^ this.#bytes.readUInt16LE(dataFrom - 2)) !== 0xffff) throw this.#damaged();
    const wantedBytes = Math.min(length, this.#limitBytes - this.#decodedBytes);
    if (dataFrom + wantedBytes > endBytes && !this.#isLastPiece) return 'need-more';
    if (wantedBytes < length || dataFrom + length > endBytes) {
      this.#storedBytes = this.#bytes.subarray(dataFrom, Math.min(dataFrom + wantedBytes, endBytes));
      return 'stop';
    }
    this.#decodedBytes += length;
    this.#finalBitOffset = finalBitOffset;
    this.#position = (dataFrom + length) * 8;
    return this.#endBlock();
  }

  #readSymbols(code: BlockCode): Step {
    const bytes = this.#bytes;
    const endBits = this.#endBits;
    const limitBytes = this.#limitBytes;
    const stopBits = this.#isLastPiece ? endBits : endBits - SYMBOL_LIMIT_BITS;
    let position = this.#position;
    let decodedBytes = this.#decodedBytes;
    let step: Step = this.#isLastPiece ? 'stop' : 'need-more';
    let isDamaged = false;
    while (position < stopBits) {
      const bits = peekBits(bytes, position);
      const found = decodeSymbol(code.literals, bits);
      let next = position + (found < 0 ? MAX_CODE_BITS : found & 15);
      let outputBytes = 1;
      const symbol = found >> 4;
      if (symbol < 0 || symbol > LAST_LENGTH_SYMBOL) {
        isDamaged = true;
      } else if (symbol > END_OF_BLOCK) {
        const at = symbol - END_OF_BLOCK - 1;
        const extraBits = LENGTH_EXTRA_BITS[at]!;
        outputBytes = LENGTH_BASES[at]! + ((bits >>> (found & 15)) & ((1 << extraBits) - 1));
        next += extraBits;
        const distance = decodeSymbol(code.distances, peekBits(bytes, next));
        const distanceSymbol = distance >> 4;
        next += distance < 0 ? MAX_CODE_BITS : distance & 15;
        if (distanceSymbol < 0 || distanceSymbol > LAST_DISTANCE_SYMBOL) isDamaged = true;
        else if (distanceSymbol > 3) next += (distanceSymbol >> 1) - 1;
      } else if (symbol === END_OF_BLOCK) {
        outputBytes = 0;
      }
      if (next > endBits || decodedBytes + outputBytes > limitBytes) {
        step = 'stop';
        break;
      }
      if (isDamaged) throw this.#damaged();
      position = next;
      decodedBytes += outputBytes;
      if (symbol === END_OF_BLOCK) {
        step = 'go-on';
        break;
      }
    }
    this.#position = position;
    this.#decodedBytes = decodedBytes;
    return step === 'go-on' ? this.#endBlock() : step;
  }

  #endBlock(): Step {
    this.#code = null;
    this.#isWhole = this.#finalBitOffset !== null;
    return this.#isWhole ? 'stop' : 'go-on';
  }

  #damaged(): StrongroomError {
    return new StrongroomError('DAMAGED_PAYLOAD', 'The compressed data of the archive is damaged.', {
      details: { inflatedBytes: this.#decodedBytes },
    });
  }
}
