// Base64 from bytes to bytes, beside Node's own from bytes to text.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeBase64, encodeBase64 } from '../../core/vault/base64-bytes.ts';

const anyBytes = fc.uint8Array({ maxLength: 100 });

describe('base64 bytes', () => {
  it('are what Node makes of the same bytes, and lead back to them', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = encodeBase64(bytes);
        expect(text.toString('latin1')).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(text)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('are read only in the one way in which they are written', () => {
    fc.assert(
      fc.property(anyBytes, (text) => {
        const bytes = decodeBase64(text);
        if (bytes !== null) expect(encodeBase64(bytes)).toEqual(Buffer.from(text));
      }),
    );
  });

  it.each(['A', 'AA', 'AAA', 'A===', '====', 'AB==', 'AAB=', 'AA=A', 'AA\n=', 'AAA-', 'AAAA\n', '=AAA'])(
    'refuses “%s”',
    (text) => {
      expect(decodeBase64(Buffer.from(text, 'latin1'))).toBeNull();
    },
  );
});
