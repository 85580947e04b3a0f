import {trainBagOfWords} from '../../core/evaluation/baselines/bag-of-words.ts';
import {majorityLabel} from '../../core/evaluation/baselines/majority.ts';
import type {MeasuredSample} from '../../core/evaluation/catalog/metric.ts';
import {groupBy} from '../../core/evaluation/group.ts';
import {referenceAnswer} from '../../core/prompts/render.ts';
import type {PromptVersion} from '../../schemas/release.ts';
import type {DatasetRow} from '../../schemas/row.ts';
import type {RowCounts} from '../../schemas/training.ts';
import type {ItemOf} from './item.ts';

export interface BaselineAnswers {
  /** By the baseline's name. */
  readonly answers: Readonly<Record<string, readonly MeasuredSample[]>>;
  /** Rows that the baselines learned a task from, by label. */
  readonly trainedOn: RowCounts;
  /** By task: mean time of an answer of bag of words, in ms. */
  readonly bagOfWordsMs: Readonly<Record<string, number>>;
}

/**
 * The baselines' answers to the same golden rows, by the baseline's name: always the majority of the train split, and a bag-of-words
 * logistic regression trained on all of it. They see the inputs that the model sees, uncut.
 */
export function baselineAnswers(
  prompts: Readonly<Record<string, PromptVersion>>,
  train: readonly Pick<DatasetRow, 'fields' | 'label' | 'messages'>[],
  golden: readonly ItemOf<'answer'>[],
): BaselineAnswers {
  const answers: Record<string, MeasuredSample[]> = {};
  const trainedOn: RowCounts = {};
  const bagOfWordsMs: Record<string, number> = {};
  for (const [task, prompt] of Object.entries(prompts)) {
    if (prompt.kind !== 'classification') continue;
    const textOf = (fields: Readonly<Record<string, string>>): string =>
      prompt.inputs.map((input) => fields[input] ?? '').join('\n');
    const rows = train.flatMap((row) => {
      const label = referenceAnswer(prompt, row);
      return label === null ? [] : [{text: textOf(row.fields), label}];
    });
    if (rows.length > 0) trainedOn[task] = countsOf(rows);
    const asked = golden.filter((item) => item.task === task);
    const add = (name: string, predict: (text: string) => string): void => {
      const samples = asked.map((item) => baselineSample(item, prompt, predict(textOf(item.fields))));
      answers[name] = [...(answers[name] ?? []), ...samples];
    };
    if (rows.length === 0) continue;
    const majority = majorityLabel(rows.map((row) => row.label));
    add(`always_${majority}`, () => majority);
    if (new Set(rows.map((row) => row.label)).size > 1) {
      const classifier = trainBagOfWords(rows);
      const began = performance.now();
      add('bag_of_words', (text) => classifier.predict(text));
      if (asked.length > 0) bagOfWordsMs[task] = (performance.now() - began) / asked.length;
    }
  }
  return {answers, trainedOn, bagOfWordsMs};
}

function countsOf(rows: readonly {readonly label: string}[]): Record<string, number> {
  return Object.fromEntries(
    [...groupBy(rows, ({label}) => label)].map(([label, all]) => [label, all.length]),
  );
}

function baselineSample(item: ItemOf<'answer'>, prompt: PromptVersion, label: string): MeasuredSample {
  const expected = referenceAnswer(prompt, item);
  return {
    release: '0'.repeat(64),
    task: item.task,
    item: item.id,
    cluster: item.cluster,
    slices: item.slices,
    expected,
    output: label,
    scores: {},
    promptTokens: 0,
    completionTokens: 0,
    error: null,
  };
}
