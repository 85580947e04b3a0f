import {expect, it} from 'vitest';
import {problemLine, readProject} from '../../schemas/load-project.ts';
import {curateSettings} from '../../schemas/stages/curate.ts';

const yaml = (...labels: readonly string[]): string =>
  [
    'version: 1',
    'project: reviews',
    'sources: [{name: rows, uri: "file:rows.csv", format: csv}]',
    'input: {format: text}',
    'tasks:',
    ...labels.flatMap((one, i) => [
      `  task${i}: {kind: classification, inputs: [text], prompt: '{{text}}', labels: ${one}}`,
    ]),
    'gauntlet: {gates: [{metric: task0_accuracy, test: at-least, limit: 0.5}]}',
    'rollout: {steps: [{setWeight: 100}]}',
    '',
  ].join('\n');
const read = (...labels: readonly string[]) => {
  const loaded = readProject(yaml(...labels));
  if (!loaded.ok) return loaded.problems.map((problem) => problemLine('ratchet.yaml', problem));
  return loaded.config;
};

it('a map of labels is their list, and their other spellings beside it', () => {
  const config = read('{negative: [neg, Negative], positive: []}');
  expect(config).toMatchObject({
    tasks: {
      task0: {labels: ['negative', 'positive'], label_aliases: {neg: 'negative', Negative: 'negative'}},
    },
  });
  // What was parsed is parsed again, by each process that gets it.
  expect(read(JSON.stringify(['a', 'b']))).toMatchObject({tasks: {task0: {labels: ['a', 'b']}}});
});

it('a list has no aliases, and is keyed as before there were any', () => {
  const config = read('[negative, positive]');
  if (Array.isArray(config)) throw new Error(config.join('\n'));
  expect(config.tasks['task0']).not.toHaveProperty('label_aliases');
  expect(curateSettings(config)).not.toHaveProperty('label_aliases');
});

it.each([
  [
    '{negative: [neg]}',
    'tasks.task0.labels: expected at least two labels, in a list or each with its other spellings',
  ],
  ['[a]', 'tasks.task0.labels: expected a list of at least 2 elements'],
  ['{a: [x], b: [x]}', 'tasks.task0.labels: expected each spelling once ("x" is there twice), got'],
  ['{a: [b], b: []}', 'tasks.task0.labels: expected each spelling once ("b" is there twice), got'],
  ['{a: x, b: []}', 'tasks.task0.labels.a: expected a list, got "x"'],
  ['yes', 'tasks.task0.labels: expected a list or a map of names, got "yes"'],
])('labels %s are refused in one clear line', (labels, line) => {
  expect(read(labels)).toEqual([expect.stringContaining(line)]);
});

it('one spelling means one label in the whole project', () => {
  expect(read('{good: [p], bad: []}', '{plus: [p], minus: []}')).toEqual([
    'ratchet.yaml:7: tasks.task1.labels: expected "p" as a spelling of one label, "good" in another task, got "plus"',
  ]);
});
