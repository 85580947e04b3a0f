import {readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {problemLine, readProject} from '../../schemas/load-project.ts';
import {projectYaml} from './project-yaml.ts';

/** The problems of a valid project with some keys replaced. */
function problems(changes: Readonly<Record<string, string>>): string[] {
  const loaded = readProject(projectYaml('post', changes));
  return loaded.ok ? [] : loaded.problems.map((problem) => problemLine('f', problem));
}

test('the smallest project is valid, and its defaults are filled in', () => {
  const loaded = readProject(projectYaml());
  if (!loaded.ok) throw new Error(loaded.problems.map((problem) => problemLine('f', problem)).join('\n'));
  expect(loaded.config.curation.near_duplicates).toMatchObject({bands: 14, rows: 8, jaccard: 0.8});
  expect(loaded.config.monitor.interval).toBe(3_600_000);
});

test.each(['mail', 'mail-small'])('the example %s is valid', (name) => {
  const file = path.join(import.meta.dirname, '..', '..', 'examples', name, 'ratchet.yaml');
  const loaded = readProject(readFileSync(file, 'utf8'));
  expect(loaded.ok ? [] : loaded.problems).toEqual([]);
});

describe('a problem names its line, its key, what was expected and what came', () => {
  test.each<[string, Record<string, string>, string[]]>([
    [
      'a wrong value',
      {project: 'project: My Post'},
      [
        'f:2: project: expected a name of 2 to 41 small letters, digits and dashes, a letter first, got "My Post"',
      ],
    ],
    ['a wrong type', {input: 'input: post'}, ['f:5: input: expected a map of keys, got "post"']],
    [
      'one of several values',
      {input: 'input:\n  format: letter'},
      ['f:6: input.format: expected one of "mail", "record", "text", "chat", got "letter"'],
    ],
    [
      'something missing, at the key that should hold it',
      {rollout: 'rollout: {}'},
      ['f:15: rollout.steps: expected a list, got nothing'],
    ],
    ['something missing at the top', {rollout: ''}, ['f:1: rollout: expected a map of keys, got nothing']],
    [
      'a list that is too short',
      {rollout: 'rollout:\n  steps: []'},
      ['f:16: rollout.steps: expected a list of at least 1 element, got []'],
    ],
    [
      'a number out of range',
      {rollout: 'rollout:\n  steps:\n    - setWeight: 101'},
      ['f:17: rollout.steps[0].setWeight: expected a number at most 100, got 101'],
    ],
    [
      'a duration',
      {monitor: 'monitor: {interval: 1 week}'},
      [
        'f:18: monitor.interval: expected a duration with its unit, such as "15 s", "30 min", "12 h" or "30 d", got "1 week"',
      ],
    ],
    [
      'a duration without a unit',
      {monitor: 'monitor: {cool_down: 3}'},
      [
        'f:18: monitor.cool_down: expected a duration with its unit, such as "15 s", "30 min", "12 h" or "30 d", got 3',
      ],
    ],
    [
      'an unknown key, with the nearest known one',
      {curation: 'curation:\n  near_duplicate: {}'},
      [
        'f:19: curation.near_duplicate: expected a known key (did you mean "near_duplicates"?), got the unknown key "near_duplicate"',
      ],
    ],
    [
      'a key that was spelt otherwise once',
      {
        tasks:
          'tasks:\n  triage:\n    kind: chat\n    inputs: [a]\n    prompt: "{{a}}"\n    train: {feedbackShare: 1}',
      },
      [
        'f:11: tasks.triage.train.feedbackShare: expected a known key (did you mean "feedback_share"?), got the unknown key "feedbackShare"',
      ],
    ],
    [
      'an unknown key of a list',
      {sources: 'sources:\n  - name: letters\n    uri: "file:a"\n    format: csv\n    lable: x'},
      ['f:7: sources[0].lable: expected a known key (did you mean "label"?), got the unknown key "lable"'],
    ],
    [
      'an unknown key, far from all known ones',
      {input: 'input: {format: text, colour: red}'},
      ['f:5: input.colour: expected one of the keys format, fields, got the unknown key "colour"'],
    ],
    [
      'the branch of a union that came nearest',
      {rollout: 'rollout:\n  steps:\n    - analysis: {minSamples: 5, interval: 1, count: 3}'},
      ['f:17: rollout.steps[0].analysis.metrics: expected a list, got nothing'],
    ],
    [
      'a union of plain values',
      {engine: 'engine: {target: vllm}'},
      ['f:18: engine.target: expected "embedded" or a list or a map of keys, got "vllm"'],
    ],
    [
      'an unknown key of the Service that engines stand behind',
      {engine: 'engine: {target: {kubernetes: {services: vllm}}}'},
      [
        'f:18: engine.target.kubernetes.service: expected a text, got nothing',
        'f:18: engine.target.kubernetes.services: expected a known key (did you mean "service"?), got the unknown key "services"',
      ],
    ],
    [
      'a namespace that is none',
      {engine: 'engine: {target: {kubernetes: {service: vllm, namespace: The_Models}}}'},
      [
        'f:18: engine.target.kubernetes.namespace: expected a name of Kubernetes: at most 63 small letters, digits and dashes, got "The_Models"',
      ],
    ],
    [
      'a key that is no name',
      {tasks: 'tasks:\n  Big Task:\n    kind: chat\n    inputs: [a]\n    prompt: "{{a}}"'},
      [
        'f:7: tasks.Big Task: expected a name of 2 to 41 small letters, digits and dashes, a letter first, got "Big Task"',
      ],
    ],
  ])('%s', (_, changes, lines) => {
    expect(problems(changes)).toEqual(lines);
  });

  test('a long value is cut', () => {
    const [line] = problems({input: `input: ${'x'.repeat(200)}`});
    expect(line).toMatch(/got "x{58}…$/);
  });

  test('all problems at once, in the order of their lines', () => {
    const lines = problems({version: 'version: 3', input: 'input: 1', engine: 'engine: {threads: 0}'});
    expect(lines.map((line) => line.split(':')[1])).toEqual(['1', '5', '18']);
  });
});

describe('what is no YAML', () => {
  test.each([
    ['nothing', '', 'f:1: expected a map of keys, got null'],
    ['a list', '- a\n', 'f:1: expected a map of keys, got ["a"]'],
    ['a key twice', 'version: 1\nversion: 1\n', 'f:2: expected valid YAML, got Map keys must be unique'],
    [
      'a broken list',
      'a: [1\nb: 2\n',
      'f:2: expected valid YAML, got Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ])('%s', (_, text, line) => {
    const loaded = readProject(text);
    expect(loaded.ok ? '' : problemLine('f', loaded.problems[0]!)).toBe(line);
  });
});

describe('keys that do not fit together', () => {
  const task = (more: string) => ({
    tasks: `tasks:\n  triage:\n    inputs: [body]\n    prompt: "{{body}}"\n${more}`,
  });
  test.each<[string, Record<string, string>, string]>([
    [
      'a classification without classes',
      task('    kind: classification'),
      'tasks.triage.labels: expected the classes of a classification, got nothing',
    ],
    [
      'a generation without reference',
      task('    kind: generation'),
      'tasks.triage.target: expected the field a generation is compared with, got nothing',
    ],
    [
      'a reference that the model is shown',
      task('    kind: generation\n    target: body'),
      'tasks.triage.target: expected a field the model is not shown, got the input "body"',
    ],
    [
      'fields of JSON where no JSON is written',
      task('    kind: chat\n    json_fields: [total]'),
      'tasks.triage.json_fields: expected none, as only a generation answers with a JSON object, got ["total"]',
    ],
    [
      'a field of JSON that is named twice',
      task('    kind: generation\n    target: sum\n    json_fields: [total, total]'),
      'tasks.triage.json_fields[1]: expected a field that is not named twice, got "total"',
    ],
    [
      'a field of JSON whose metric could not be named',
      task('    kind: generation\n    target: sum\n    json_fields: ["the total"]'),
      'tasks.triage.json_fields[0]: expected a name of letters, digits and _, a letter first, got "the total"',
    ],
    [
      'a trim that is no input',
      task('    kind: chat\n    trim: head'),
      'tasks.triage.trim: expected one of the inputs body, got "head"',
    ],
    [
      'two sources of one name',
      {
        sources:
          'sources:\n  - {name: aa, uri: "file:1", format: csv}\n  - {name: aa, uri: "file:2", format: csv}',
      },
      'sources[1].name: expected a name no other source has, got "aa"',
    ],
    [
      'a gate without its limit',
      {gauntlet: 'gauntlet:\n  gates:\n    - {metric: x, test: at-most}'},
      'gauntlet.gates[0].limit: expected the limit of an at-most gate, got nothing',
    ],
    [
      'a pattern that is none',
      {guardrails: 'guardrails: {block_patterns: ["("]}'},
      'guardrails.block_patterns[0]: expected a regular expression, got "("',
    ],
    [
      'a revision of a folder',
      {base_model: 'base_model: {kind: hf, path: ./model, revision: main}'},
      'base_model.revision: expected none, as only a Hugging Face id (kind: hf, path: org/name) has revisions, got "main"',
    ],
    [
      'a revision of a GGUF file',
      {base_model: 'base_model: {path: org/model, revision: v1.0}'},
      'base_model.revision: expected none, as only a Hugging Face id (kind: hf, path: org/name) has revisions, got "v1.0"',
    ],
    [
      'a Hugging Face model without a path',
      {base_model: 'base_model: {kind: hf, revision: main}'},
      'base_model.path: expected a folder or a Hugging Face id, as kind is hf, got nothing',
    ],
    [
      'rows that the trainer would refuse',
      task('    kind: chat\n    system: Be brief.\n    max_input_tokens: 480'),
      'tasks.triage.max_input_tokens: expected together with 32 tokens of answer and 2 words of prompt at most training.sequence_len, 512 (lower one, or raise that), got 480, 514 in all',
    ],
    [
      'two lengths of the warm-up',
      {training: 'training: {warmup_steps: 3, warmup_ratio: 0.1}'},
      'training.warmup_ratio: expected none with warmup_steps (3), got 0.1',
    ],
    [
      'an MLflow experiment without its server',
      {training: 'training: {mlflow_experiment_name: mail}'},
      'training.mlflow_experiment_name: expected mlflow_tracking_uri with it, without which nothing is sent, or neither, got "mail"',
    ],
    [
      'a Weights & Biases entity without a project',
      {training: 'training: {mlflow_tracking_uri: "http://127.0.0.1:5000", wandb_entity: team}'},
      'training.wandb_entity: expected wandb_project with it, without which nothing is sent, or neither, got "team"',
    ],
    [
      'two intervals of evaluation',
      {training: 'training: {eval_steps: 30, evals_per_epoch: 4}'},
      'training.evals_per_epoch: expected none with eval_steps (30): leave one of the two out, got 4',
    ],
    [
      'two intervals of checkpoints',
      {training: 'training: {save_steps: 30, saves_per_epoch: 4}'},
      'training.saves_per_epoch: expected none with save_steps (30): leave one of the two out, got 4',
    ],
    [
      'roles to train on without a chat',
      {training: 'training: {roles_to_train: [assistant]}'},
      'training.roles_to_train: expected none without a task of kind chat, whose turns it is about, got ["assistant"]',
    ],
    [
      'a sweep over what training could not have',
      {training: 'training: {sweep: {learning_rate: {min: 0.1, max: 5}}}'},
      'training.sweep.learning_rate.max: expected a value that training.learning_rate may have, got 5',
    ],
    [
      'a search for the rank of an adapter that there is',
      {training: 'training: {sweep: {lora_r: [4, 8]}}\nwarm_start: true'},
      'training.sweep.lora_r: expected none with warm_start, whose adapter has a rank already, got [4,8]',
    ],
    [
      'a search for the alpha of an adapter that there is',
      {training: 'training: {sweep: {lora_alpha: [8, 16]}}\nwarm_start: true'},
      'training.sweep.lora_alpha: expected none with warm_start, whose adapter has an alpha already, got [8,16]',
    ],
    [
      'a search over rows that are packed',
      {training: 'training: {sample_packing: true, sweep: {lora_r: [4, 8]}}'},
      'training.sample_packing: expected false with a sweep, whose rungs count rows, got true',
    ],
    [
      'splits that leave nothing to train on',
      {curation: 'curation: {split: {golden: 0.6, traffic: 0.5}}'},
      'curation.split: expected validation + golden + traffic below 1, so that rows are left to train on, got 1.15',
    ],
  ])('%s', (_, changes, line) => {
    expect(problems(changes).map((one) => one.replace(/^f:\d+: /, ''))).toEqual([line]);
  });

  test('a class is learned as its label, however long answers may be', () => {
    const classes = '    kind: classification\n    labels: [a, b]\n    max_input_tokens: 511';
    expect(problems(task(`${classes}\n    max_output_tokens: 400`))).toEqual([]);
  });

  test('settings of training that need one another, together', () => {
    const training =
      'training: {mlflow_tracking_uri: "http://127.0.0.1:5000", mlflow_experiment_name: mail, wandb_project: mail, wandb_entity: team, roles_to_train: [assistant], evals_per_epoch: 4, save_steps: 30}';
    expect(problems({training, ...task('    kind: chat')})).toEqual([]);
  });

  test('of an id, a revision may be named', () => {
    expect(problems({base_model: 'base_model: {kind: hf, path: org/model, revision: refs/pr/1}'})).toEqual(
      [],
    );
    expect(
      problems({base_model: 'base_model:\n  kind: hf\n  path: org/model\n  revision: two words'}),
    ).toEqual(['f:21: base_model.revision: expected a branch, a tag or a commit, got "two words"']);
  });

  test('a placeholder that is no input', () => {
    const changes = {
      tasks: 'tasks:\n  triage:\n    kind: chat\n    inputs: [body]\n    prompt: "{{subject}} {{body}}"',
    };
    expect(problems(changes)).toEqual([
      'f:10: tasks.triage.prompt: expected only the inputs body in {{…}}, got {{subject}}',
    ]);
  });
});
