import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterAll, describe, expect, it} from 'vitest';
import {ASKING_VERSION} from '../../activities/gauntlet/ask-item.ts';
import {Answers} from '../../activities/gauntlet/item.ts';
import {planSweep} from '../../activities/sweep/activities.ts';
import {renderTrainingSet} from '../../activities/train/activities.ts';
import {TRANSFORM_VERSION, transformRecord} from '../../core/curation/transform.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {promptsFromConfig} from '../../core/prompts/from-config.ts';
import {renderPrompt} from '../../core/prompts/render.ts';
import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import type {Sweep} from '../../schemas/training.ts';
import {CACHED_STAGES} from '../../schemas/stages/stages.ts';
import {gauntletWorld, madeRows, quiet} from '../activities/gauntlet/gauntlet-world.ts';
import {scriptedEngine} from '../activities/gauntlet/scripted-engine.ts';
import {ROW_KEY, sentence, Workbench} from '../activities/curate/workbench.ts';

/** Name → text, or what else is plain JSON. */
type Outputs = Readonly<Record<string, unknown>>;

/** What each declared version stands for: outputs of a small input, by which a change of bytes is seen. */
const GUARDED: readonly {
  readonly name: string;
  readonly version: number;
  /** Where the version is declared. */
  readonly declared: string;
  readonly outputs: () => Promise<Outputs>;
}[] = [
  ...(['curate', 'train', 'sweep', 'gauntlet'] as const).map((name) => ({
    name,
    version: CACHED_STAGES[name].version,
    declared: `schemas/stages/${name}.ts`,
    outputs: {curate: curated, train: rendered, sweep: swept, gauntlet: reported}[name],
  })),
  {
    name: 'answers',
    version: ASKING_VERSION,
    declared: 'activities/gauntlet/ask-item.ts (ASKING_VERSION)',
    outputs: answered,
  },
  {
    name: 'transform',
    version: TRANSFORM_VERSION,
    declared: 'core/curation/transform.ts (TRANSFORM_VERSION)',
    outputs: transformed,
  },
];

const cleanUp: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(cleanUp.map((end) => end())));

describe('bytes change only with the version that keys name', () => {
  it('every cached stage is guarded', () => {
    expect(GUARDED.map(({name}) => name)).toEqual(expect.arrayContaining(Object.keys(CACHED_STAGES)));
  });

  it.each(GUARDED)('$name', async ({name, version, declared, outputs}) => {
    const file = path.join(import.meta.dirname, 'golden', `${name}.json`);
    const now = {version, outputs: JSON.parse(JSON.stringify(await outputs())) as Outputs};
    const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as typeof now) : null;
    if (process.env['RATCHET_WRITE_GOLDEN'] !== undefined && (kept === null || kept.version < version)) {
      writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);
      return;
    }
    expect(kept?.version, `${declared} says ${version}: RATCHET_WRITE_GOLDEN=1 npm test -- golden`).toBe(
      version,
    );
    expect(
      now.outputs,
      `the bytes of "${name}" are not those of version ${version}: raise it in ${declared}, then RATCHET_WRITE_GOLDEN=1 npm test -- golden`,
    ).toEqual(kept?.outputs);
  });
});

/** Records, mails and chats: what is kept and dropped, in which split, as which bytes. */
async function curated(): Promise<Outputs> {
  const outputs: Record<string, unknown> = {};
  for (const [format, records] of Object.entries(CORPORA)) {
    const bench = await Workbench.open();
    cleanUp.push(() => bench.remove());
    await bench.jsonl('rows.jsonl', records);
    const {result, version, rows, drops, provenance} = await bench.curate({
      input: format === 'record' ? {format, fields: ['text']} : {format},
      ...(format === 'chat'
        ? {tasks: {reply: {kind: 'chat', inputs: ['messages'], prompt: '{{messages}}', format: 'chat'}}}
        : {}),
      sources: [
        {
          name: 'rows',
          uri: 'file:rows.jsonl',
          format: 'jsonl',
          fields: {
            id: 'id',
            ...(format === 'chat' ? {} : {label: 'class'}),
            ...(format === 'mail' ? {raw: 'raw'} : {}),
          },
        },
      ],
    });
    outputs[format] = {
      dataset: result.dataset,
      rows: sha256Hex(rows.map((row) => JSON.stringify(row)).join('\n')),
      splits: version.counts,
      golden: version.golden.sha256,
      index: version.index.sha256,
      drops: drops.map(({id, rule, reason}) => `${id}: ${rule}: ${reason}`),
      scrubbed: provenance.scrubbed,
    };
  }
  return outputs;
}

const CORPORA = {
  record: [
    ...Array.from({length: 40}, (_, i) => ({
      id: `r${i}`,
      text: sentence(i),
      class: i % 3 === 0 ? 'spam' : 'ham',
    })),
    {id: 'same', text: sentence(3), class: 'spam'},
    {id: 'near', text: `${sentence(5)} Truly.`, class: 'ham'},
    {id: 'short', text: 'Too short.', class: 'ham'},
    {id: 'other', text: sentence(50), class: 'eggs'},
    {
      id: 'private',
      text: `${sentence(51)} Write to anna.b@example.com or call +1 415 555 2671.`,
      class: 'ham',
    },
    {
      id: 'german',
      text: 'Der Hafen ist heute geschlossen, weil es regnet und der Wind zu stark weht.',
      class: 'ham',
    },
  ],
  mail: Array.from({length: 12}, (_, i) => ({
    id: `m${i}`,
    class: i % 2 === 0 ? 'spam' : 'ham',
    raw: [
      `From: Anna ${i} <anna@example.com>`,
      `Subject: ${i % 3 === 0 ? 'Re: [list] ' : ''}Notice ${i}`,
      'Content-Type: text/plain; charset=utf-8',
      '',
      `${sentence(i)}\n\n> ${sentence(i + 30)}\n-- \nAnna, 192.0.2.${i}`,
    ].join('\r\n'),
  })),
  chat: Array.from({length: 8}, (_, i) => ({
    id: `c${i}`,
    messages: [
      {role: 'user', content: sentence(i)},
      {role: 'assistant', content: `${sentence(i + 60)} Yours, Ben <ben@example.com>`},
    ],
  })),
};

/** The transform of what clients send, and the prompts that are made of it. */
async function transformed(): Promise<Outputs> {
  const pii = ['email', 'phone', 'url_credentials', 'ip', 'card', 'iban', 'ssn'];
  const prompt = promptsFromConfig({
    tasks: {
      triage: {
        kind: 'classification',
        inputs: ['subject', 'body'],
        labels: ['spam', 'ham'],
        format: 'plain',
        prompt: 'Subject: {{subject}}\nMessage: {{body}}\n\nspam or ham? Answer:',
        trim: 'body',
        max_input_tokens: 128,
        max_output_tokens: 4,
        temperature: 0,
        stop: [],
      },
    },
  }).triage!;
  const outputs: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(CONTENTS)) {
    const format = name.startsWith('mail') ? 'mail' : name.startsWith('chat') ? 'chat' : 'record';
    const of = await transformRecord(raw, {format, fields: ['subject', 'body'], pii}, ROW_KEY);
    outputs[name] = of;
    if (of.status === 'ok' && format !== 'chat')
      outputs[`${name}, as a prompt`] = renderPrompt(prompt, of.value.fields, BY_CHARACTER).prompt;
  }
  return outputs;
}

/** Every character is a token: prompts are cut where they pass 128. */
const BY_CHARACTER: Tokenizer = {
  encode: (text) => [...text].map((character) => character.codePointAt(0)!),
  encodePrompt: (text) => [...text].map((character) => character.codePointAt(0)!),
  decode: (ids) => String.fromCodePoint(...ids),
  controls: [],
  eos: null,
  chatTemplate: null,
};

const CONTENTS = {
  'mail with a quote and a signature': CORPORA.mail[0]!.raw,
  'mail in HTML':
    'Subject: Hi\r\nContent-Type: text/html\r\n\r\n<p>Dear <b>Anna</b>,</p><script>x()</script><p>see you on Monday at ten.</p>',
  'record of two fields': {
    subject: 'Lunch\u200b?',
    body: 'Card 4111 1111 1111 1111, at 192.0.2.7. e\u0301tude',
  },
  'record that lacks one': {subject: 'x'},
  'chat of two turns': CORPORA.chat[0]!.messages,
};

async function rendered(): Promise<Outputs> {
  const world = await trainingWorld();
  const set = await renderTrainingSet({request: world.request}, world.context, quiet());
  const {train, validation, golden, rows} = set;
  return {train: train.sha256, validation: validation.sha256, golden: golden.sha256, rows};
}

async function swept(): Promise<Outputs> {
  const world = await trainingWorld({
    trials: 4,
    seed: 7,
    learning_rate: {min: 1e-4, max: 1e-2, scale: 'log'},
    lora_r: [4, 8],
  });
  const request = {...world.request, stage: 'sweep' as const};
  const set = await renderTrainingSet({request}, world.context, quiet());
  const {rungs, trials} = await planSweep({request, key: '0'.repeat(64), set}, world.context);
  return {rungs, points: trials.map(({point}) => point)};
}

async function trainingWorld(sweep?: Sweep) {
  const world = await gauntletWorld({
    engines: [],
    rows: madeRows({train: 24, validation: 6, golden: 6, traffic: 0}),
    ...(sweep === undefined ? {} : {training: {sweep}}),
  });
  cleanUp.push(() => world.remove());
  const request = {...world.request({dataset: world.version.digest, init: ''}), stage: 'train' as const};
  return {context: world.context, request};
}

let judged: ReturnType<typeof gauntletRun> | undefined;
/** A gauntlet of scripted answers, run once. */
async function gauntletRun() {
  const engine = await scriptedEngine(
    {choose: () => ' ham', write: () => ' the weather', nll: 5},
    {
      choose: (prompt, choices) =>
        choices.find((choice) => prompt.includes('offer') === (choice === ' spam'))!,
      write: (prompt) => ` ${/(\w+ number \d+)/.exec(prompt)?.[1] ?? 'I cannot help with that.'}`,
      nll: 2,
    },
  );
  cleanUp.push(() => engine.close());
  const world = await gauntletWorld({engines: [engine.url]});
  cleanUp.push(() => world.remove());
  const candidate = await world.adapterRelease(1, world.version.digest);
  const inputs = {release: candidate.digest, stable: world.base.digest, dataset: world.version.digest};
  return {world, ...(await world.run(inputs))};
}

/** Samples name the release that was asked, which the transform's own version renames. */
async function answered(): Promise<Outputs> {
  const {world, plan, answers} = await (judged ??= gauntletRun());
  const {artifacts} = world.stores;
  const samples = await Promise.all(
    answers.map(async (ref) => {
      const {release, samples: lines} = await artifacts.getJson(ref, Answers);
      return sha256Hex((await artifacts.getText(lines)).replaceAll(release, 'the release'));
    }),
  );
  return Object.fromEntries(plan.batches.map(({title}, i) => [title, samples[i]]));
}

/** All of the report that does not go by the clock. */
async function reported(): Promise<Outputs> {
  const {report} = await (judged ??= gauntletRun());
  const timed = /^(latency_|cost_per)/;
  const still = (metrics: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(metrics).filter(([name]) => !timed.test(name)));
  const each = (slices: Readonly<Record<string, Readonly<Record<string, unknown>>>>) =>
    Object.fromEntries(Object.entries(slices).map(([name, metrics]) => [name, still(metrics)]));
  const {base, stable, candidate} = report.metrics;
  return {
    verdict: report.verdict,
    gates: report.gates.filter(({spec}) => !timed.test(spec.metric)),
    metrics: each({base, stable, candidate}),
    slices: each(report.slices),
    baselines: each(report.baselines),
    bagOfWords: report.bagOfWords?.map(({milliseconds: _timed, ...comparison}) => comparison),
    notes: report.notes,
  };
}
