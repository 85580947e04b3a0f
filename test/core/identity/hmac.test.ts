import {createHmac, randomBytes} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {hmacSha256} from '../../../core/identity/hmac.ts';

describe('HMAC-SHA256', () => {
  it.each([
    // RFC 4231, test cases 1, 2 and 6: a key shorter than a block, a short one as text, one longer than a block.
    [Buffer.alloc(20, 0x0b), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      Buffer.from('Jefe'),
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      Buffer.alloc(131, 0xaa),
      'Test Using Larger Than Block-Size Key - Hash Key First',
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ])('is what RFC 4231 says (key of %#)', (key, text, mac) => {
    expect(hmacSha256(key, text)).toBe(mac);
  });

  it("is node:crypto's for keys and texts of any length", () => {
    for (let n = 0; n < 200; n++) {
      const key = randomBytes(n);
      const text = randomBytes(n).toString('latin1');
      expect(hmacSha256(key, text)).toBe(createHmac('sha256', key).update(text).digest('hex'));
    }
  });

  it.each([1343, 1344, 1345, 4032, 100_000])(
    'of %i characters of three bytes, and of a short text after it',
    (n) => {
      const key = randomBytes(32);
      for (const text of ['語'.repeat(n), 'short', ''])
        expect(hmacSha256(key, text)).toBe(createHmac('sha256', key).update(text).digest('hex'));
    },
  );
});
