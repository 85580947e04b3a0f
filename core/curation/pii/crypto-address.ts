import {createHash} from 'node:crypto';
import {keccak_256} from '@noble/hashes/sha3.js';
import {base58check, bech32, bech32m} from '@scure/base';
import type {Finding, Recogniser} from './recogniser.ts';

const CANDIDATE =
  /(?<![A-Za-z0-9])(?:(?<legacy>[13][1-9A-HJ-NP-Za-km-z]{25,34})|(?<segwit>bc1[02-9ac-hj-np-z]{6,87}|BC1[02-9AC-HJ-NP-Z]{6,87})|(?<account>0x[0-9A-Fa-f]{40}))(?![A-Za-z0-9])/g;

/**
 * Addresses of wallets, each with its checksum: Bitcoin's in Base58Check and in Bech32 or Bech32m (BIP 173, BIP 350, lengths
 * by BIP 141), Ethereum's by EIP-55, or in one case throughout. Not those of test networks, nor transactions' hashes.
 */
export const cryptoAddress: Recogniser<'crypto_address'> = {
  entity: 'crypto_address',
  words: 'the address of a wallet',
  hint: /0x[0-9A-Fa-f]{40}|bc1|BC1|[13][1-9A-HJ-NP-Za-km-z]{25}/,
  grouped: false,
  inIds: true,
  find(text) {
    const findings: Finding[] = [];
    for (const match of text.matchAll(CANDIDATE)) {
      const {legacy, segwit, account} = match.groups!;
      const value = legacy ?? match[0].toLowerCase();
      if (
        (legacy !== undefined && isLegacy(legacy)) ||
        (segwit !== undefined && isSegwit(value)) ||
        (account !== undefined && isAccount(account.slice(2)))
      )
        findings.push({start: match.index, end: match.index + match[0].length, value});
    }
    return findings;
  },
};

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const legacyCoder = base58check(sha256);

/** A version byte of Bitcoin's main network (0: a key's hash, 5: a script's) and 20 bytes of hash. */
function isLegacy(address: string): boolean {
  let bytes: Uint8Array;
  try {
    bytes = legacyCoder.decode(address);
  } catch {
    return false;
  }
  return bytes.length === 21 && (bytes[0] === 0 || bytes[0] === 5);
}

/** A witness version of 0 to 16 and its program; version 0 in Bech32 with 20 or 32 bytes, later ones in Bech32m. */
function isSegwit(address: string): boolean {
  for (const coder of [bech32, bech32m]) {
    const decoded = coder.decodeUnsafe(address);
    if (!decoded) continue;
    const [version = NaN, ...words] = decoded.words;
    const bytes = (coder.fromWordsUnsafe(words) ?? []).length;
    if (version === 0) return coder === bech32 && (bytes === 20 || bytes === 32);
    return coder === bech32m && version <= 16 && bytes >= 2 && bytes <= 40;
  }
  return false;
}

/** EIP-55: a letter is a capital where the address's hash has a digit of 8 or more. One case throughout has no checksum. */
function isAccount(digits: string): boolean {
  const lower = digits.toLowerCase();
  if (digits === lower || digits === digits.toUpperCase()) return true;
  const hash = Buffer.from(keccak_256(Buffer.from(lower))).toString('hex');
  return [...digits].every((digit, i) => {
    const capital = Number.parseInt(hash[i]!, 16) >= 8;
    return digit === (capital ? digit.toUpperCase() : digit.toLowerCase());
  });
}
