import {InvalidArgumentError} from 'commander';
import type {Command} from 'commander';
import {rowText} from '../../core/curation/row-text.ts';
import {normalise} from '../../core/curation/normalise.ts';
import {scrub} from '../../core/curation/pii/scrub.ts';
import {Provenance} from '../../schemas/dataset.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {DatasetRow, SPLITS, type Split} from '../../schemas/row.ts';
import type {Embedder} from '../../serving/clients/embedder/embedder.ts';
import {loadWordllama} from '../../serving/clients/embedder/wordllama.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import type {VectorRow} from '../../stores/vectors/vector-rows.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {chosenProject} from '../project.ts';
import {collect, digest} from '../show.ts';

interface SearchOptions extends CommonOptions {
  readonly dataset?: string;
  readonly split?: Split;
  readonly top: number;
}

/** Rows embedded at once. */
const BATCH = 256;

export function searchDataset(parent: Command): void {
  define(parent, 'search <text>', {
    what: "find a dataset version's rows that are similar to a text, by their embeddings; shows ids, never texts",
    examples: [
      'ratchet datasets search "parcel has not come"',
      'ratchet datasets search "refund" --split golden --top 20 --json',
    ],
  })
    .option('--dataset <digest>', "the version; by default that of the stable release, else the latest run's")
    .option('--split <split>', `only rows of it: ${SPLITS.join(', ')}`, split)
    .option('--top <n>', 'so many rows', wholeNumber, 10)
    .action(
      acting(async (text: string, options: SearchOptions) => {
        const project = chosenProject(options.project);
        const {project: name, curation} = project.config;
        const stores = await openStores(project.store);
        const version = await stores.registry.dataset(name, options.dataset ?? (await inUse(stores, name)));
        const embedder = await loadWordllama(process.env['RATCHET_WORDLLAMA']);
        // As the rows were: what names a person in the question is the pseudonym that it is in the rows.
        const asked = scrub(normalise(text, 'paragraphs'), {
          entities: curation.pii,
          key: Buffer.from(project.rowKey, 'hex'),
        }).text;
        const there = await stores.vectors.open(name, version.digest, embedder.name);
        if (there === null) say(`embeds the rows of dataset ${digest(version.digest)} once`);
        const rows =
          there ??
          (await stores.vectors.build({
            project: name,
            dataset: version.digest,
            embedder,
            rows: embedded(datasetRows(stores, version), embedder),
          }));
        const [vector] = await embedder.embed([asked]);
        const filter = options.split === undefined ? {} : {split: options.split};
        const found = (await rows.nearest(vector!, options.top, filter)).map((one) => ({
          id: one.id,
          split: one.split,
          source: one.source,
          label: one.label,
          score: Number((1 - one.distance).toFixed(4)),
        }));
        if (options.json)
          printJson({project: name, dataset: version.digest, embedder: embedder.name, rows: found});
        else
          print(
            table(
              ['row', 'split', 'label', 'score'],
              found.map((one) => [one.id, one.split, one.label?.slice(0, 40) ?? '–', one.score.toFixed(3)]),
              `no row of dataset ${digest(version.digest)} has a word of it`,
            ),
          );
        return Exit.done;
      }),
    );
}

/** The dataset behind what answers, else the newest that a run made. Throws InvalidInput where there is none. */
async function inUse({pointers, registry}: Stores, project: string): Promise<string> {
  const deployment = await pointers.read(project);
  const stable = deployment && (await registry.release(project, deployment.stable));
  if (stable?.createdFrom) return stable.createdFrom;
  const made = (await collect(registry.runs(project))).flatMap(({dataset}) => dataset ?? []);
  const latest = made.at(-1);
  if (latest !== undefined) return latest;
  throw new RatchetError(
    'InvalidInput',
    `${project} has no dataset version yet: \`ratchet run ${project}\` makes one`,
  );
}

async function* datasetRows(
  {artifacts}: Stores,
  {provenance}: Awaited<ReturnType<Stores['registry']['dataset']>>,
): AsyncGenerator<DatasetRow, void, undefined> {
  const {shards} = await artifacts.getJson(provenance, Provenance);
  for (const {ref} of shards) yield* artifacts.lines(ref, DatasetRow);
}

async function* embedded(
  rows: AsyncIterable<DatasetRow>,
  embedder: Embedder,
): AsyncGenerator<VectorRow, void, undefined> {
  let batch: DatasetRow[] = [];
  const flush = async (): Promise<VectorRow[]> => {
    const vectors = await embedder.embed(batch.map(rowText));
    return batch.map(({id, split: of, source, label}, i) => ({
      id,
      split: of,
      source,
      label: label ?? null,
      vector: vectors[i]!,
    }));
  };
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield* await flush();
    batch = [];
  }
  yield* await flush();
}

function split(text: string): Split {
  const found = SPLITS.find((one) => one === text);
  if (found) return found;
  throw new InvalidArgumentError(`expected one of ${SPLITS.join(', ')}`);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 1000) return value;
  throw new InvalidArgumentError('expected a whole number from 1 to 1000');
}
