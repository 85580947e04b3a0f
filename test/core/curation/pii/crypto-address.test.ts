import {createHash} from 'node:crypto';
import {base58check, bech32, bech32m} from '@scure/base';
import {describe, expect, it} from 'vitest';
import {findAll} from '../../../../core/curation/pii/scrub.ts';
import {found} from './found.ts';

/** A digit and a letter that one may mistype, each for another of its alphabet. */
const mistyped = (address: string): string => {
  const at = address.length - 5;
  const other = address[at]!.toLowerCase() === 'a' ? 'c' : 'a';
  return address.slice(0, at) + other + address.slice(at + 1);
};

describe('addresses of wallets', () => {
  // The first block's address, BIP 13's kind, the valid ones of BIP 173 and BIP 350 for the main network.
  const bitcoin = [
    '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa',
    '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy',
    'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4',
    'bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y',
    'BC1SW50QGDZ25J',
    'bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs',
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
  ];
  it.each(bitcoin)('of Bitcoin: %s', (address) => {
    expect(found('crypto_address', `Send it to ${address}, please`)).toEqual([address]);
    expect(found('crypto_address', `bitcoin:${address}?amount=2`)).toEqual([address]);
    expect(found('crypto_address', mistyped(address))).toEqual([]);
    expect(found('crypto_address', `${address}9`)).toEqual([]);
  });

  it.each([
    [0, 20, true],
    [5, 20, true],
    [6, 20, false],
    [0, 19, false],
    [5, 21, false],
  ])('of version byte %i with a hash of %i bytes are some', (version, bytes, valid) => {
    const coder = base58check((data: Uint8Array) => createHash('sha256').update(data).digest());
    const address = coder.encode(Uint8Array.of(version, ...Buffer.alloc(bytes, 7)));
    expect(found('crypto_address', address)).toEqual(valid ? [address] : []);
  });

  it.each([
    [0, 19, bech32, false],
    [0, 20, bech32, true],
    [0, 21, bech32, false],
    [0, 31, bech32, false],
    [0, 32, bech32, true],
    [0, 33, bech32, false],
    [0, 20, bech32m, false],
    [1, 32, bech32, false],
    [1, 1, bech32m, false],
    [1, 2, bech32m, true],
    [16, 40, bech32m, true],
    [16, 41, bech32m, false],
    [17, 32, bech32m, false],
  ])('of witness version %i with a program of %i bytes are some', (version, bytes, coder, valid) => {
    const address = coder.encode('bc', [version, ...coder.toWords(Buffer.alloc(bytes, 7))]);
    expect(found('crypto_address', address)).toEqual(valid ? [address] : []);
  });

  // EIP-55's examples.
  it.each([
    '0x52908400098527886E0F7030069857D2E4169EE7',
    '0x8617E340B3D01FA5F11F306F4090FD50E238070D',
    '0xde709f2102306220921060314715629080e2fb77',
    '0x27b1fdb04752bbc536007a920d24acb045561c26',
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
    '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
    '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
  ])('of Ethereum: %s', (address) => {
    expect(found('crypto_address', `my wallet is ${address}.`)).toEqual([address]);
    expect(found('crypto_address', `${address}0`)).toEqual([]);
  });

  it('are the same person in any case that the checksum allows', () => {
    const [plain, checked] = [
      '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed',
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    ];
    const values = findAll(`${plain} ${checked}`, ['crypto_address']).map(({value}) => value);
    expect(values).toEqual([plain, plain]);
  });

  it.each([
    // a capital that EIP-55 does not have there
    '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    // BIP 350's invalid ones: another checksum, version 17, programs of 1 and 41 bytes, version 0 with 16, bits left over, nothing
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh',
    'bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4',
    'BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R',
    'bc1pw5dgrnzv',
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav',
    'BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P',
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf',
    'bc1gmk9yu',
    // a test network, mixed case
    'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kV8F3T4',
    // a commit, a transaction
    '3f786850e387550fdab836ed7e6dc881de23001b',
    '0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b',
  ])('are not: %s', (text) => {
    expect(found('crypto_address', text)).toEqual([]);
  });
});
