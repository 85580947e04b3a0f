/** Runs a surface over a shape, and says how much of the processor it took. */
import {workerData} from 'node:worker_threads';
import {openTokenizer} from '../../serving/clients/tokenizer/open-tokenizer.ts';
import {answerJobs} from '../../threads/answer-jobs.ts';
import type {Run} from './measure.ts';
import {textOf} from './shapes.ts';
import {SURFACES, promptSurface} from './surfaces.ts';

const {model} = workerData as {readonly model: string | undefined};
const prompt = model === undefined ? undefined : promptSurface(await openTokenizer(model));

answerJobs(async ({surface, shape, length}: Run) => {
  const work = surface === 'a prompt' ? prompt! : SURFACES[surface]!;
  const text = textOf(shape, length);
  const before = process.threadCpuUsage();
  await work(text);
  const {user, system} = process.threadCpuUsage(before);
  return (user + system) / 1000;
});
