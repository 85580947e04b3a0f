import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {answerBatch, judgeBatch, planGauntlet} from '../../../activities/gauntlet/activities.ts';
import {Judgement} from '../../../activities/gauntlet/item.ts';
import {judgementKey} from '../../../activities/gauntlet/judge-batch.ts';
import type {Activity} from '../../../activities/context.ts';
import type {JudgedBatch} from '../../../activities/gauntlet/batch.ts';
import {Sample} from '../../../schemas/report.ts';
import {
  fakeServer,
  type Received,
  type Reply,
} from '../../serving/clients/inference/fake-completions-server.ts';
import {gauntletWorld, quiet} from './gauntlet-world.ts';
import {scriptedEngine, type Script} from './scripted-engine.ts';

const base: Script = {choose: () => ' ham', write: () => ' the', nll: 5};
const tuned: Script = {
  choose: (prompt) => (prompt.includes('offer') ? ' spam' : ' ham'),
  write: (prompt) => ` ${/about the (\w+ number \d+)/.exec(prompt)?.[1] ?? 'mail'}`,
  nll: 2,
};
const KEY = 'RATCHET_TEST_JUDGE_KEY';
const GATES = [{metric: 'judge_win_rate', test: 'at-least', limit: 0.5, required: false}] as const;

let engine: Awaited<ReturnType<typeof scriptedEngine>>;
let judge: Awaited<ReturnType<typeof fakeServer>>;
let world: Awaited<ReturnType<typeof gauntletWorld>>;
let inputs: {release: string; stable: string; dataset: string; reason: string};
/** What the judge says; a test changes it. */
let reply: (received: Received, n: number) => Reply;

const said = (content: string): Reply => ({
  status: 200,
  body: {choices: [{index: 0, finish_reason: 'stop', message: {role: 'assistant', content}}]},
});
const failing = (status: number, message = 'scripted'): Reply => ({
  status,
  // Without these headers the client would try again itself, for seconds.
  headers: {'x-should-retry': 'false'},
  body: {error: {message}},
});
const asked = ({body}: Received): string => (body.messages as {content: string}[])[1]!.content;
/** Prefers what names the mail's number. */
const fair = (received: Received): Reply =>
  said(/<<< Answer A\n.*number \d+/.test(asked(received)) ? '[[A]]' : '[[B]]');

beforeEach(async () => {
  vi.stubEnv(KEY, 'sk-secret');
  reply = fair;
  engine = await scriptedEngine(base, tuned);
  judge = await fakeServer((received, n) => reply(received, n));
  world = await judgedWorld(`${judge.url}/v1`);
  inputs = {
    release: (await world.adapterRelease(1, world.version.digest)).digest,
    stable: world.base.digest,
    dataset: world.version.digest,
    reason: 'first',
  };
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await engine.close();
  await judge[Symbol.asyncDispose]();
  await world.remove();
});

async function judgedWorld(base_url: string) {
  return gauntletWorld({
    engines: [engine.url],
    gauntlet: {gates: [...GATES], judge: {base_url, model: 'j', api_key_env: KEY}},
  });
}

/** Everything that the judge compares, answered. */
async function answered() {
  const request = world.request(inputs);
  const plan = await planGauntlet({request}, world.context, quiet());
  const batches = [];
  for (const batch of plan.judging!.batches) {
    const [candidate, stable] = [plan.batches[batch.candidate]!, plan.batches[batch.stable]!];
    const answers = {
      candidate: await answerBatch({request, batch: candidate}, world.context, quiet()),
      stable: await answerBatch({request, batch: stable}, world.context, quiet()),
    };
    batches.push({request, batch, answers});
  }
  return batches;
}
async function judgements(judged: JudgedBatch): Promise<Judgement[]> {
  if (judged.status !== 'judged') throw new Error(judged.reason);
  const all: Judgement[] = [];
  for await (const one of world.stores.artifacts.lines(judged.ref, Judgement)) all.push(one);
  return all;
}
const attempt = (number: number): Activity => ({...quiet(), attempt: number});

describe('a batch of pairs', () => {
  it('holds what candidate and stable wrote to the same items', async () => {
    const plan = await planGauntlet({request: world.request(inputs)}, world.context, quiet());
    expect(plan.judging!.batches.map(({title, items}) => [title, items])).toEqual([
      ['judge · subject 1–40', 40],
      ['judge · subject 41–45', 5],
    ]);
    for (const {candidate, stable, ref} of plan.judging!.batches) {
      expect(plan.batches[candidate]).toMatchObject({release: inputs.release, ref});
      expect(plan.batches[stable]).toMatchObject({release: inputs.stable, ref});
    }
    expect(plan.judging!.pairs).toBe(45);
  });

  it('is judged in both orders, with the question and a correct answer; found again pair by pair', async () => {
    const [, small] = await answered();
    const first = await judgements(await judgeBatch(small!, world.context, quiet()));
    expect(first).toHaveLength(5);
    expect(first[0]).toEqual({
      task: 'subject',
      item: first[0]!.item,
      winner: 'first',
      consistent: true,
      error: null,
    });
    expect(judge.received).toHaveLength(10);
    expect(asked(judge.received[0]!)).toMatch(/<<< Question\nThis is about the \w+ number \d+\./);
    expect(asked(judge.received[0]!)).toMatch(/<<< A correct answer\n\w+ number \d+\n>>>/);
    expect(await judgements(await judgeBatch(small!, world.context, quiet()))).toEqual(first);
    expect(judge.received).toHaveLength(10);
  });

  it('goes on where a killed attempt stood', async () => {
    const [, small] = await answered();
    const killed = new AbortController();
    reply = (received, n) => {
      if (n === 7) killed.abort(new Error('shutdown'));
      return fair(received);
    };
    await expect(judgeBatch(small!, world.context, {...quiet(), signal: killed.signal})).rejects.toThrow();
    const before = judge.received.length;
    expect(await judgements(await judgeBatch(small!, world.context, attempt(2)))).toHaveLength(5);
    // Three pairs were kept; the fourth is judged anew, with the fifth.
    expect(judge.received.length - before).toBe(4);
  });

  it('an unreadable reply is not kept: the pair alone is asked again', async () => {
    const [, small] = await answered();
    reply = (received, n) => (n === 3 ? said('I like both') : fair(received));
    const once = await judgements(await judgeBatch(small!, world.context, quiet()));
    expect(once.filter(({winner}) => winner === null)).toEqual([
      {...once[1], error: expect.stringContaining('[[A]]')},
    ]);
    const again = await judgements(await judgeBatch(small!, world.context, quiet()));
    expect(again.every(({winner}) => winner === 'first')).toBe(true);
    expect(judge.received).toHaveLength(12);
  });

  it('a pair that the judge refuses is an error of the pair', async () => {
    const [, small] = await answered();
    reply = (received, n) => (n === 1 ? failing(400, 'too long') : fair(received));
    const judged = await judgements(await judgeBatch(small!, world.context, quiet()));
    expect(judged.map(({error}) => error !== null)).toEqual([true, false, false, false, false]);
    expect(judged[0]!.error).toContain('too long');
  });
});

describe('a judge that is away', () => {
  it('is waited for; in the end its pairs are not judged, with the reason', async () => {
    const [, small] = await answered();
    reply = () => failing(503, 'overloaded');
    await expect(judgeBatch(small!, world.context, attempt(1))).rejects.toMatchObject({type: 'Unavailable'});
    expect(await judgeBatch(small!, world.context, attempt(6))).toEqual({
      status: 'unavailable',
      reason: expect.stringContaining('overloaded'),
    });
    reply = () => failing(429, 'slow down');
    await expect(judgeBatch(small!, world.context, attempt(5))).rejects.toMatchObject({type: 'RateLimited'});
    expect(await judgeBatch(small!, world.context, attempt(6))).toMatchObject({status: 'unavailable'});
  });

  it('is waited for as long as it judges a pair now and then', async () => {
    const [, small] = await answered();
    reply = (received, n) => (n > 2 ? failing(429) : fair(received));
    await expect(judgeBatch(small!, world.context, attempt(9))).rejects.toMatchObject({type: 'RateLimited'});
    await expect(judgeBatch(small!, world.context, attempt(10))).rejects.toMatchObject({type: 'RateLimited'});
    vi.useFakeTimers({toFake: ['Date'], now: Date.now() + 200_000});
    expect(await judgeBatch(small!, world.context, attempt(11))).toMatchObject({status: 'unavailable'});
  });

  it('a wrong key is said at once, by its variable, and asked once', async () => {
    const [, small] = await answered();
    reply = () => failing(401, 'bad key sk-secret');
    expect(await judgeBatch(small!, world.context, attempt(1))).toEqual({
      status: 'unavailable',
      reason: `the judge at ${judge.url}/v1 refuses the key in ${KEY}: set a valid one on every cpu worker`,
    });
    expect(judge.received).toHaveLength(1);
  });

  it('leaves the gate inconclusive, and the gauntlet goes on', async () => {
    reply = () => failing(401);
    const {report} = await world.run(inputs);
    expect(report.gates[0]).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining(`refuses the key in ${KEY}`),
    });
    expect(report.metrics.candidate.judge_win_rate).toBeUndefined();
  });
});

it('a judged run: candidate’s samples, and stable’s, which mirror them', async () => {
  const {report} = await world.run(inputs);
  expect(report.metrics.candidate.judge_win_rate).toMatchObject({value: 1, n: 45});
  expect(report.metrics.stable.judge_win_rate).toMatchObject({value: 0, n: 45});
  expect(report.gates[0]).toMatchObject({verdict: 'pass'});
  const judged: Sample[] = [];
  for await (const sample of world.stores.artifacts.lines(report.samples.stable, Sample))
    if (sample.task === 'judge') judged.push(sample);
  expect(judged).toHaveLength(45);
  expect(judged[0]).toMatchObject({release: inputs.stable, output: 'first', scores: {win: 0}});
  expect(judged.map(({item}) => item)).toEqual(judged.map(({item}) => item).sort());
});

it('another question, reference, answer or judge: another judgement', () => {
  const pair = {prompt: 'q', reference: 'r', first: 'a', second: 'b'};
  const changes = [
    {},
    {prompt: 'other'},
    {reference: 'other'},
    {first: 'other'},
    {second: 'other'},
    {first: 'b', second: 'a'},
  ];
  const keys = changes.map((change) => judgementKey('judge', {...pair, ...change}));
  const {reference: _none, ...free} = pair;
  keys.push(judgementKey('judge', free), judgementKey('another judge', pair));
  expect(new Set(keys).size).toBe(8);
  expect(judgementKey('judge', {...pair})).toBe(keys[0]);
});
