import {pathToFileURL} from 'node:url';
import {workerData} from 'node:worker_threads';
import {answerJobs} from '../../threads/answer-jobs.ts';

/** An answer as a project's own metric sees it. Personal data is replaced in all of its texts. */
export interface CustomAnswer {
  readonly task: string;
  /** The row's id. */
  readonly item: string;
  /** What the model was shown of the row. */
  readonly input: string;
  readonly output: string;
  /** The reference; null where the row has none. */
  readonly expected: string | null;
}
/** A value of each answer; null where the metric gave none, or no number. */
export type CustomValues = readonly (number | null)[];

const {file} = workerData as {readonly file: string};

answerJobs(async (answers: readonly CustomAnswer[]): Promise<CustomValues> => {
  const {default: score} = (await import(pathToFileURL(file).href)) as {default?: unknown};
  if (typeof score !== 'function') throw new TypeError('its default export is no function');
  const values: (number | null)[] = [];
  for (const answer of answers) {
    const value: unknown = await (score as (answer: CustomAnswer) => unknown)(answer);
    values.push(typeof value === 'number' && Number.isFinite(value) ? value : null);
  }
  return values;
});
