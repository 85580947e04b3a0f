import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {Release} from '../../../schemas/release.ts';
import {
  json,
  vendorServer,
  type Play,
  type VendorServer,
} from '../../serving/clients/providers/vendor-server.ts';
import {gauntletWorld, madeRows, TASKS} from './gauntlet-world.ts';

/** Answers as a mail's words tell; a subject line by the mail's first words, with somebody's address. */
const answer: Play = (response, received) => {
  const text = (received.body['messages'] as {content: string}[]).at(-1)!.content;
  const content = text.includes('spam or ham')
    ? /\boffer\b/.test(text)
      ? 'spam'
      : 'ham'
    : 'Write to ben@company.com today';
  void json({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'sorter-2',
    choices: [{index: 0, message: {role: 'assistant', content}, finish_reason: 'stop'}],
    usage: {prompt_tokens: 100, completion_tokens: 2, total_tokens: 102},
  })(response, received);
};
const refuse: Play = json(
  {error: {message: 'no', type: 'invalid_request_error', code: 'model_not_found'}},
  404,
);

let vendor: VendorServer;
let world: Awaited<ReturnType<typeof gauntletWorld>>;
/** What the vendor does next. */
let play: Play;

beforeEach(async () => {
  play = answer;
  vendor = await vendorServer((response, received) => play(response, received));
  process.env['SORTER_URL'] = `${vendor.url}/v1`;
  world = await gauntletWorld({
    engines: [],
    tasks: Object.fromEntries(
      Object.entries(TASKS).map(([name, task]) => [name, {...task, model: 'sorter'}]),
    ),
    models: {
      sorter: {
        provider: 'openai-compatible',
        model: 'sorter-2',
        base_url_env: 'SORTER_URL',
        prices: {input: 10, output: 100},
      },
    },
    training: 'none',
    rows: madeRows({train: 6, validation: 4, golden: 15, traffic: 0}),
    gauntlet: {
      general_rows: 2,
      probe_rows: 4,
      perplexity_rows: 3,
      gates: [
        {metric: 'triage_balanced_accuracy', test: 'at-least', limit: 0.3},
        {metric: 'general_perplexity', test: 'at-most', limit: 100},
        {metric: 'pii_leak_rate', test: 'at-most', limit: 1},
      ],
    },
  });
});
afterEach(async () => {
  await world.remove();
  await vendor[Symbol.asyncDispose]();
  delete process.env['SORTER_URL'];
});

const judge = ({digest}: Release) =>
  world.run({release: digest, stable: world.base.digest, dataset: world.version.digest, reason: 'first'});

describe('a release that a vendor answers', () => {
  test('is measured by what it answers; what only weights tell is inconclusive', async () => {
    const {report} = await judge(await world.plainRelease());
    const {triage_balanced_accuracy: accuracy, cost_per_1k: cost} = report.metrics.candidate;
    expect(accuracy!.value).toBe(1);
    // 100 × 10 + 2 × 100 of a million, 1,000 times.
    expect(cost!.value).toBeCloseTo(1.2, 10);
    expect(report.gates.slice(0, 3).map(({spec, verdict}) => [spec.metric, verdict])).toEqual([
      ['triage_balanced_accuracy', 'pass'],
      ['general_perplexity', 'inconclusive'],
      ['pii_leak_rate', 'pass'],
    ]);
    expect(report.notes.join('\n')).toContain(
      'openai-compatible sorter-2 is an alias: the vendor may change what answers',
    );
  });

  test('leaves personal data that it makes up in no store, and counts it', async () => {
    const {report} = await judge(await world.plainRelease());
    const {pii_leak_rate: leaks} = report.metrics.candidate;
    expect(leaks!.value).toBeGreaterThan(0.5);
    for await (const key of world.stores.objects.list('')) {
      const bytes = (await world.stores.objects.get(key))!.bytes;
      expect(Buffer.from(bytes).toString().includes('ben@company.com'), key).toBe(false);
    }
  });

  test('is asked nothing twice, by another release either', async () => {
    await judge(await world.plainRelease());
    const asked = vendor.received.length;
    const bodies = vendor.received.map(({body}) => JSON.stringify(body));
    expect(new Set(bodies).size).toBe(asked);
    await judge(await world.plainRelease({max_input_chars: 5000}));
    expect(vendor.received).toHaveLength(asked);
  });

  test('that breaks off halfway pays for the rest alone', async () => {
    const release = await world.plainRelease();
    play = (response, received) => (vendor.received.length <= 10 ? answer : refuse)(response, received);
    await expect(judge(release)).rejects.toThrow(
      new RegExp(
        `^model "sorter" of release ${release.digest.slice(0, 12)}: openai-compatible at http.* answered 404 .*does not serve "sorter-2" \\(any more\\)`,
      ),
    );
    const answered = vendor.received.slice(0, 10).map(({body}) => JSON.stringify(body));
    const before = vendor.received.length;
    play = answer;
    await judge(release);
    const after = vendor.received.slice(before).map(({body}) => JSON.stringify(body));
    expect(after.filter((body) => answered.includes(body))).toEqual([]);
  });

  test('whose address is missing fails with the variable and the model, before anything is asked', async () => {
    delete process.env['SORTER_URL'];
    await expect(judge(await world.plainRelease())).rejects.toThrow(
      'models.sorter: SORTER_URL is not set: set it to the address of the openai-compatible server',
    );
  });
});
