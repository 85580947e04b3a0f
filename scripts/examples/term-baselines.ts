/**
 * What cheap baselines score on the golden rows of examples/terms, trained on all of its train split, beside the newest report's
 * candidate: `node scripts/examples/term-baselines.ts` after `npm run demo -- --example terms`.
 */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {z} from 'zod';
import {trainBagOfWords, trainLogistic} from '../../core/evaluation/baselines/bag-of-words.ts';
import {majorityLabel} from '../../core/evaluation/baselines/majority.ts';
import {Report, Sample} from '../../schemas/report.ts';
import {DatasetRow} from '../../schemas/row.ts';
import {loadWordllama} from '../../serving/clients/embedder/wordllama.ts';
import {PACKAGE_ROOT} from '../../stack/own-program.ts';
import {readProjectFile} from '../../stack/project-file.ts';
import {openStores} from '../../stores/stores.ts';

const Term = z.object({id: z.string(), term: z.string(), kind: z.string()});
const IndexLine = z.looseObject({id: z.string(), split: DatasetRow.shape.split});

const folder = path.join(PACKAGE_ROOT, 'examples', 'terms');
const project = readProjectFile(path.join(folder, 'ratchet.yaml'));
const {registry, artifacts} = await openStores(project.store);
const releases: string[] = [];
for await (const run of registry.runs('terms')) if (run.release) releases.push(run.release);
const release = releases.at(-1);
if (release === undefined) throw new RangeError('no release of terms yet: run the example first');
const judged = (await registry.reports('terms', release)).at(-1);
const report = await artifacts.getJson(judged!.result.report, Report);
const {index} = await registry.dataset('terms', report.dataset!);
const isTrain = new Set<string>();
for await (const {id, split} of artifacts.lines(index, IndexLine)) if (split === 'train') isTrain.add(id);
const terms = readFileSync(path.join(folder, 'terms.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => Term.parse(JSON.parse(line)));
const train = terms
  .filter(({id}) => isTrain.has(`wordnet/${id}`))
  .map(({term, kind}) => ({text: term, label: kind}));
const termOf = new Map(terms.map(({id, term}) => [`wordnet/${id}`, term]));
const golden: {text: string; label: string; answer: string}[] = [];
for await (const {task, item, expected, output} of artifacts.lines(report.samples.candidate, Sample))
  if (task === 'kind') golden.push({text: termOf.get(item)!, label: expected!, answer: output});

/** `oak tree` → all of 2 to 5 neighbouring letters, the ends of words marked, as words of their own. */
function letters(text: string): string {
  const marked = `_${text.replaceAll(' ', '_')}_`;
  return [2, 3, 4, 5]
    .flatMap((n) =>
      Array.from({length: Math.max(0, marked.length - n + 1)}, (_, i) => marked.slice(i, i + n)),
    )
    .join(' ');
}

const labels = [...new Set(golden.map(({label}) => label))].sort();
function say(name: string, answers: readonly string[]): void {
  const recalls = labels.map((label) => {
    const all = golden.flatMap((row, i) => (row.label === label ? [answers[i] === label ? 1 : 0] : []));
    return all.reduce<number>((sum, right) => sum + right, 0) / all.length;
  });
  const balanced = recalls.reduce((sum, recall) => sum + recall, 0) / labels.length;
  console.log(`${name}: balanced accuracy ${balanced.toFixed(3)}`);
}

console.log(`${train.length} terms to learn from, ${golden.length} golden`);
say(
  'the candidate',
  golden.map(({answer}) => answer),
);
const majority = majorityLabel(train.map(({label}) => label));
say(
  `always ${majority}`,
  golden.map(() => majority),
);
const words = trainBagOfWords(train);
say(
  'bag of words',
  golden.map(({text}) => words.predict(text)),
);
const ngrams = trainBagOfWords(train.map(({text, label}) => ({text: letters(text), label})));
say(
  'bag of letters (2 to 5)',
  golden.map(({text}) => ngrams.predict(letters(text))),
);

// C is the best of 0.3 … 300 on these golden rows: as good as this baseline gets.
const embedder = await loadWordllama();
const vectorsOf = async (rows: readonly {text: string}[]) =>
  (await embedder.embed(rows.map(({text}) => text))).map((vector) => {
    const length = Math.hypot(...vector) || 1;
    return [...vector].map((value, i): [number, number] => [i, value / length]);
  });
const trained = trainLogistic(
  (await vectorsOf(train)).map((vector, i) => ({vector, label: labels.indexOf(train[i]!.label)})),
  {features: embedder.dims, classes: labels.length, C: 0.3},
);
const width = embedder.dims + 1;
say(
  'static word embeddings (WordLlama) and logistic regression',
  (await vectorsOf(golden)).map((vector) => {
    const scores = labels.map((_, c) =>
      vector.reduce(
        (sum, [i, value]) => sum + value * trained[c * width + i]!,
        trained[c * width + embedder.dims]!,
      ),
    );
    return labels[scores.indexOf(Math.max(...scores))]!;
  }),
);
