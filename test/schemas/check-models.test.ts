import {describe, expect, test} from 'vitest';
import {problemLine, readProject} from '../../schemas/load-project.ts';

/** The problems of a project with these models, tasks and further keys. */
function problems({
  models = '{gpt: {provider: openai, model: gpt-5.2}}',
  task = 'model: gpt',
  more = 'training: none',
}: {readonly models?: string; readonly task?: string; readonly more?: string} = {}): string[] {
  const yaml = `version: 1
project: post
sources: [{name: mails, uri: 'file:mails.jsonl', format: jsonl}]
input: {format: record, fields: [text]}
models: ${models}
tasks:
  sort: {kind: classification, labels: [a, b], inputs: [text], prompt: '{{text}}', ${task}}
gauntlet: {gates: [{metric: sort_accuracy, test: at-least, limit: 0.5}]}
rollout: {steps: [{setWeight: 100}]}
${more}
`;
  const loaded = readProject(yaml);
  return loaded.ok ? [] : loaded.problems.map((problem) => problemLine('f', problem));
}

describe('models of a project', () => {
  test('a vendor’s, that the only task asks, needs no base model', () => {
    expect(problems()).toEqual([]);
    expect(problems({task: 'model: gpt, fallback: [base], temperature: default'})).toEqual([]);
    expect(problems({models: '{}', task: 'temperature: 0', more: ''})).toEqual([]);
  });

  test.each<[string, Parameters<typeof problems>[0], string[]]>([
    [
      'one that is not there',
      {task: 'model: gtp', models: '{}'},
      ['f:7: tasks.sort.model: expected one of base, got "gtp"'],
    ],
    [
      'a fallback that is not there',
      {task: 'model: gpt, fallback: [base, claude]'},
      ['f:7: tasks.sort.fallback[1]: expected one of base, gpt, got "claude"'],
    ],
    [
      'a fallback that is asked before',
      {task: 'model: gpt, fallback: [gpt]'},
      ['f:7: tasks.sort.fallback[0]: expected a model that the task does not ask before, got "gpt"'],
    ],
    [
      'one that no task asks',
      {models: '{gpt: {provider: openai, model: gpt-5.2}, other: {provider: google, model: g}}'},
      [
        'f:5: models.other: expected a model that some task asks by model or fallback, got one that none does',
      ],
    ],
    [
      'a task without one',
      {task: 'temperature: 0'},
      [
        'f:5: models.gpt: expected a model that some task asks by model or fallback, got one that none does',
        'f:7: tasks.sort.model: expected gpt, or base_model in the project, got nothing',
      ],
    ],
    [
      'the base model’s name',
      {models: '{base: {provider: openai, model: gpt-5.2}}', task: 'model: base'},
      ['f:5: models.base: expected another name, as base is base_model\'s, got "base"'],
    ],
    [
      'a training that no task is of',
      {more: ''},
      ['f:1: training: expected none, as no task is answered by the base model first, got a training'],
    ],
    [
      'a temperature that the base model has not',
      {models: '{}', task: 'temperature: default', more: ''},
      ['f:7: tasks.sort.temperature: expected a number, as the base model has no other, got "default"'],
    ],
    [
      'a vendor that is not known',
      {models: '{gpt: {provider: openia, model: gpt-5.2}}'},
      [
        'f:5: models.gpt.provider: expected one of "openai", "anthropic", "google", "openai-compatible", got "openia"',
      ],
    ],
    [
      'a key in the file',
      {models: '{gpt: {provider: openai, model: gpt-5.2, api_key_env: sk-abc}}'},
      [
        'f:5: models.gpt.api_key_env: expected the name of an environment variable, such as OPENAI_API_KEY, got something else (not shown: it may be the secret itself)',
      ],
    ],
  ])('%s', (_what, changes, expected) => {
    expect(problems(changes)).toEqual(expected);
  });

  test('two under one name', () => {
    expect(
      problems({
        models: '\n  gpt: {provider: openai, model: gpt-5.2}\n  gpt: {provider: openai, model: gpt-5.1}',
      })[0],
    ).toMatch(/^f:7: .*(unique|twice|gpt)/i);
  });
});
