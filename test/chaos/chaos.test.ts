import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {LifecycleProgress} from '../../schemas/messages.ts';
import {matrix, randomCase} from '../../scripts/chaos/cases.ts';
import {inTheMiddle} from '../../scripts/chaos/moments.ts';
import {differences, type Outcome} from '../../scripts/chaos/outcome.ts';
import {readResults, writeResults, type Results} from '../../scripts/chaos/results.ts';

test('the matrix has every process in every stage, the trainer in the two it runs in', () => {
  const names = matrix().map(({name}) => name);
  expect(names).toHaveLength(6 * 7 + 2);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => name.startsWith('trainer'))).toEqual([
    'trainer in train',
    'trainer in retrain',
  ]);
  expect(randomCase('7', 3)).toEqual({kind: 'random', name: 'random 3', seed: '7/3'});
});

describe('a run is in the middle of a stage', () => {
  const view = (stage: string, status: 'running' | 'done', done?: number): LifecycleProgress => ({
    status: 'running',
    stages: [
      {
        stage,
        status,
        ...(done === undefined ? {} : {progress: {stage, done, total: 18, unit: 'steps', note: ''}}),
      },
    ],
  });

  test('behind its beginning and before its end', () => {
    expect(inTheMiddle(view('train', 'running'), 'train')).toBeNull();
    expect(inTheMiddle(view('train', 'running', 1), 'train')).toBeNull();
    expect(inTheMiddle(view('train', 'running', 6), 'train')).toBe('train 6 of 18 steps');
    expect(inTheMiddle(view('train', 'running', 18), 'train')).toBeNull();
    expect(inTheMiddle(view('train', 'done', 6), 'train')).toBeNull();
    expect(inTheMiddle(view('train', 'running', 6), 'gauntlet')).toBeNull();
  });

  test('at once where it is short', () => {
    expect(inTheMiddle(view('approval', 'running'), 'approval')).toBe('approval');
  });
});

const outcome: Outcome = {
  status: 'promoted',
  dataset: 'd',
  adapter: 'a',
  release: 'r',
  verdict: 'pass',
  samples: ['s', 't'],
};

test('an outcome that is not as expected says in what', () => {
  expect(differences(outcome, {...outcome})).toEqual([]);
  expect(differences(outcome, {...outcome, adapter: 'b', samples: ['s', 'u']})).toEqual([
    'adapter is b, expected a',
    'samples is s,u, expected s,t',
  ]);
});

describe('results', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ratchet-chaos-'));
  });
  afterEach(() => rm(folder, {recursive: true}));

  test('are kept for the code and the seed that gave them, and for no other', async () => {
    const file = join(folder, 'results.json');
    const kept: Results = {
      v: 2,
      code: 'c',
      seed: '1',
      cases: {
        undisturbed: {
          wrong: [],
          inconclusive: null,
          blows: [],
          told: '',
          seconds: 60,
          outcome: {...outcome, samples: ['s']},
        },
      },
    };
    expect(readResults(file, 'c', '1').cases).toEqual({});
    await writeResults(file, kept);
    expect(readResults(file, 'c', '1')).toEqual(kept);
    expect(readResults(file, 'other', '1').cases).toEqual({});
    expect(readResults(file, 'c', '2').cases).toEqual({});
  });

  test('of something else are not written over', async () => {
    const file = join(folder, 'results.json');
    await writeFile(file, '{"name": "mine"}');
    expect(() => readResults(file, 'c', '1')).toThrow();
  });
});
