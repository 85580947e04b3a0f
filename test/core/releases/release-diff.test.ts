import {describe, expect, test} from 'vitest';
import {differentAreas, differingAreas, rowsInWords, sameAreas} from '../../../core/releases/in-words.ts';
import {
  judgedDiff,
  partsDiff,
  type DataFacts,
  type ReleaseFacts,
} from '../../../core/releases/release-diff.ts';
import type {ReleaseV1} from '../../../schemas/release.ts';
import {GateSpec, type GateResult, type Report} from '../../../schemas/report.ts';

const digest = (letter: string): string => letter.repeat(64);
const file = {uri: 'artifacts/x', sha256: digest('e'), bytes: 10, mediaType: 'application/octet-stream'};

const BASE: ReleaseV1 = {
  v: 1,
  project: 'post',
  digest: digest('a'),
  base: {name: 'tiny', kind: 'gguf', sha256: digest('9')},
  adapter: null,
  prompts: {
    triage: {
      v: 1,
      task: 'triage',
      kind: 'classification',
      template: 'Mail:\n{{body}}\nClass:',
      format: 'plain',
      inputs: ['body'],
      trim: 'body',
      maxInputTokens: 64,
      maxOutputTokens: 4,
      temperature: 0,
      stop: [],
      choices: {ham: ' ham', spam: ' spam'},
    },
  },
  transform: {v: 1, format: 'record', fields: ['body'], pii: ['email'], code: digest('8')},
  index: null,
  guardrails: {v: 1, maxInputChars: 1000, scrubOutput: true, stripInvisible: true, blockPatterns: []},
  parent: null,
  createdFrom: null,
};
const TRAINED: ReleaseV1 = {
  ...BASE,
  digest: digest('b'),
  adapter: {
    digest: digest('c'),
    safetensors: file,
    config: file,
    gguf: file,
    base: digest('9'),
    dataset: digest('d'),
    training: digest('7'),
  },
  createdFrom: digest('d'),
};
const bare: ReleaseFacts = {release: BASE, training: null, data: null};
const trained = (more: Partial<ReleaseFacts> = {}): ReleaseFacts => ({
  release: TRAINED,
  training: {lora_r: 8, learning_rate: 0.0002},
  data: dataOf('d', 100),
  ...more,
});
function dataOf(letter: string, train: number): DataFacts {
  return {
    version: {digest: digest(letter), counts: {train, validation: 0, golden: 20, traffic: 0}},
    provenance: {
      rowsIn: train + 30,
      rowsKept: train + 20,
      drops: {near_duplicate: 10},
      sources: [{name: 'letters', uri: 'file:letters.csv', rows: train + 30, digest: digest('6')}],
      scrubbed: {email: 3},
      labels: {ham: train, spam: 20},
    },
  };
}

describe('what two releases are made of', () => {
  test('a prompt that was edited: its lines, under the name it has in ratchet.yaml, and nothing else', () => {
    const {triage} = TRAINED.prompts;
    const edited = {
      ...TRAINED,
      prompts: {triage: {...triage!, template: 'Mail:\n{{body}}\nIs it spam or ham?', maxOutputTokens: 8}},
    };
    const found = partsDiff(trained(), trained({release: edited}));
    expect(differentAreas(found)).toEqual([
      {
        title: 'Prompts',
        rows: [{part: 'tasks.triage.max_output_tokens', before: '4', after: '8'}],
        texts: [
          {
            part: 'tasks.triage.prompt',
            lines: [
              {sign: ' ', text: 'Mail:'},
              {sign: ' ', text: '{{body}}'},
              {sign: '-', text: 'Class:'},
              {sign: '+', text: 'Is it spam or ham?'},
            ],
          },
        ],
        unread: null,
      },
    ]);
    expect(sameAreas(found)).toBe(
      'Model, input, guardrails, index, training settings and data are the same.',
    );
    expect(differingAreas(found)).toBe('prompts');
  });

  test('the first adapter: of its training the digest, of its data the counts', () => {
    const [model, training, data] = differentAreas(partsDiff(bare, trained()));
    expect(model).toMatchObject({
      title: 'Model',
      rows: [{part: 'adapter', before: 'none', after: 'cccccccccccc'}],
    });
    expect(training!.rows).toEqual([{part: 'training', before: 'none', after: '777777777777'}]);
    expect(data!.rows).toContainEqual({part: 'rows.train', before: 'none', after: '100'});
    expect(data!.rows).toContainEqual({part: 'dataset', before: 'none', after: 'dddddddddddd'});
    expect(data!.rows).toContainEqual({part: 'dropped.near_duplicate', before: 'none', after: '10'});
  });

  test('the next training: settings and counts that differ, rows that came and went', () => {
    const rows = {both: 1100, before: 40, after: 150, moved: 3};
    const next = trained({training: {lora_r: 16, learning_rate: 0.0002}, data: dataOf('f', 1250)});
    const found = partsDiff(trained(), next, rows);
    const [training, data] = differentAreas(found);
    expect(training!.rows).toEqual([{part: 'lora_r', before: '8', after: '16'}]);
    expect(data!.rows).toContainEqual({part: 'rows.train', before: '100', after: '1,250'});
    expect(data!.rows.map(({part}) => part)).not.toContain('rows.golden');
    expect(rowsInWords(rows)).toBe(
      '1,100 rows are in both (3 of them in another split); 40 only before, 150 only after.',
    );
    expect(rowsInWords({...rows, moved: 0})).toBe('1,100 rows are in both; 40 only before, 150 only after.');
  });

  test('where the files of an adapter are kept is no difference', () => {
    const {adapter} = TRAINED;
    const moved = {...TRAINED, adapter: {...adapter!, gguf: null, safetensors: {...file, uri: 's3://b/x'}}};
    const found = partsDiff(trained(), trained({release: moved}));
    expect(differentAreas(found)).toEqual([]);
    expect(sameAreas(found)).toBe('Every part is the same.');
    expect(differingAreas(found)).toBe('nothing');
  });

  test('what cannot be read is said, and hides nothing else', () => {
    const found = partsDiff(trained({data: {unread: 'the record is gone'}}), trained({data: dataOf('f', 5)}));
    expect(differentAreas(found)).toEqual([
      {title: 'Data', rows: [], texts: [], unread: 'the record is gone'},
    ]);
    expect(rowsInWords({unread: 'the index is gone'})).toBe('The rows cannot be compared: the index is gone');
  });

  test('a model from the Hub is named by its id and commit', () => {
    const hub = {id: 'org/tiny', commit: '0123456789abcdef0123456789abcdef01234567'};
    const other = {...BASE, base: {...BASE.base, kind: 'hf' as const, hub}};
    expect(differentAreas(partsDiff(bare, {...bare, release: other}))[0]!.rows).toEqual([
      {
        part: 'base_model',
        before: 'tiny (gguf, sha256 999999999999)',
        after: 'tiny (hf, org/tiny at commit 0123456789ab)',
      },
    ]);
  });
});

describe('how two releases were judged', () => {
  const gate = (spec: object, verdict: Report['verdict']): GateResult => ({
    spec: GateSpec.parse(spec),
    verdict,
    reason: '',
    candidate: null,
    stable: null,
    difference: null,
    bound: null,
    minimumDetectable: null,
  });
  const figure = (value: number) => ({value, low: value - 0.1, high: value + 0.1, n: 20});
  const report = (stable: string, gates: GateResult[], of: {stable?: number; candidate: number}) =>
    ({
      stable,
      gates,
      metrics: {
        base: {},
        stable: of.stable === undefined ? {} : {accuracy: figure(of.stable)},
        candidate: {accuracy: figure(of.candidate)},
      },
    }) as unknown as Report;
  const limit = (at: number) => ({metric: 'accuracy', test: 'at-least', limit: at});

  test('a gate whose limit was moved is another gate', () => {
    const before = {digest: 'a', report: report('0', [gate(limit(0.8), 'pass')], {candidate: 0.9})};
    const after = {
      digest: 'b',
      report: report('a', [gate(limit(0.9), 'fail')], {stable: 0.85, candidate: 0.8}),
    };
    expect(judgedDiff(before, after).gates).toEqual([
      {gate: 'accuracy at-least 0.9', required: true, before: null, after: 'fail'},
      {gate: 'accuracy at-least 0.8', required: true, before: 'pass', after: null},
    ]);
  });

  test('of two that were asked the same rows both figures are of that report', () => {
    const before = {digest: 'a', report: report('0', [], {candidate: 0.9})};
    const after = {digest: 'b', report: report('a', [], {stable: 0.85, candidate: 0.8})};
    expect(judgedDiff(before, after).metrics).toEqual({
      sameRows: true,
      all: [{metric: 'accuracy', before: figure(0.85), after: figure(0.8)}],
    });
    expect(judgedDiff({...before, digest: 'c'}, after).metrics).toEqual({
      sameRows: false,
      all: [{metric: 'accuracy', before: figure(0.9), after: figure(0.8)}],
    });
  });

  test('a base model that nobody judged has no figures', () => {
    expect(judgedDiff({digest: 'a', report: null}, {digest: 'b', report: null})).toEqual({
      gates: [],
      metrics: {sameRows: false, all: []},
    });
  });
});
