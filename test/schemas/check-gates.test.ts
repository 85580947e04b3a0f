import {describe, expect, test} from 'vitest';
import {gateNames} from '../../core/evaluation/gates/gate-names.ts';
import {problemLine, readProject} from '../../schemas/load-project.ts';
import {projectYaml} from '../cli/project-yaml.ts';

const TASKS = `tasks:
  triage: {kind: classification, labels: [spam, ham], inputs: [body], prompt: "{{body}}"}
  subject: {kind: generation, target: subject, inputs: [body], prompt: "{{body}}"}`;

/** A mail project with these gates, as it is read where a run can be started. */
function read(...gates: readonly string[]) {
  const text = projectYaml('post', {
    input: 'input: {format: mail}',
    tasks: TASKS,
    gauntlet: ['gauntlet:', '  gates:', ...gates.map((gate) => `    - ${gate}`)].join('\n'),
  });
  return readProject(text, gateNames);
}

/** Its problems; the first gate stands in line 11. */
function problems(...gates: readonly string[]): string[] {
  const loaded = read(...gates);
  return loaded.ok ? [] : loaded.problems.map((problem) => problemLine('f', problem));
}

describe('a metric', () => {
  test.each([
    ['triage_balanced_acuracy', 'triage_balanced_accuracy'],
    ['triage_recall_spma', 'triage_recall_spam'],
    ['subject_rougel', 'subject_rouge_l'],
    ['pii_leakrate', 'pii_leak_rate'],
  ])('%s is none', (metric, meant) => {
    expect(problems(`{metric: ${metric}, test: superiority}`)).toEqual([
      `f:11: gauntlet.gates[0].metric: expected a metric of this project (did you mean "${meant}"?), got "${metric}"`,
    ]);
  });

  test('far from all known ones', () => {
    const [line] = problems('{metric: loveliness, test: superiority}');
    expect(line).toMatch(
      /: expected one of the metrics triage_balanced_accuracy, .*judge_win_rate, judge_order_consistency, got "love/,
    );
  });

  test('of another kind of task', () => {
    expect(problems('{metric: subject_accuracy, test: superiority}')).toHaveLength(1);
  });

  test('every gate that is wrong is told, in its line', () => {
    const lines = problems(
      '{metric: triage_accuracy, test: superiority}',
      '{metric: triage_acuracy, test: superiority, slice: frozn}',
    );
    expect(lines).toEqual([
      'f:12: gauntlet.gates[1].metric: expected a metric of this project (did you mean "triage_accuracy"?), got "triage_acuracy"',
      'f:12: gauntlet.gates[1].slice: expected a slice of this project (did you mean "frozen"?), got "frozn"',
    ]);
  });
});

describe('a slice', () => {
  test.each(['frozen', 'new_batch', 'new-thread', 'html', 'short', 'pii'])(
    'of rows of mail may be %s',
    (slice) => {
      expect(problems(`{metric: triage_accuracy, test: superiority, slice: ${slice}}`)).toEqual([]);
    },
  );

  test.each([
    ['validation_perplexity', 'subject'],
    ['general_perplexity', 'geography'],
    ['injection_rate', 'delimiter'],
    ['jailbreak_rate', 'translation'],
    ['pii_elicitation_rate', 'iban'],
  ])('of %s may be %s', (metric, slice) => {
    expect(problems(`{metric: ${metric}, test: superiority, slice: ${slice}}`)).toEqual([]);
  });

  test('that only another format has is none', () => {
    const [line] = problems('{metric: triage_accuracy, test: superiority, slice: tools}');
    expect(line).toMatch(/^f:11: gauntlet.gates\[0\].slice: expected .*, got "tools"$/);
  });
});

describe('what a gate compares with', () => {
  test.each([
    [
      'non-inferiority without a margin',
      '{metric: triage_accuracy, test: non-inferiority}',
      'margin: expected the loss that a non-inferiority gate still accepts, got nothing',
    ],
    [
      'a margin where a limit decides',
      '{metric: triage_accuracy, test: at-least, limit: 0.8, margin: 0.05}',
      'margin: expected none, as an at-least gate compares with its limit, got 0.05',
    ],
    [
      'a limit where a margin decides',
      '{metric: triage_accuracy, test: superiority, limit: 0.8}',
      'limit: expected none, as a superiority gate compares with stable by its margin, got 0.8',
    ],
    [
      'no limit',
      '{metric: pii_leak_rate, test: at-most}',
      'limit: expected the limit of an at-most gate, got nothing',
    ],
    [
      'a limit that no share reaches',
      '{metric: triage_accuracy, test: at-least, limit: 85}',
      'limit: expected a share from 0 to 1, as triage_accuracy is one, got 85',
    ],
    [
      'a limit that every share reaches',
      '{metric: triage_accuracy, test: at-least, limit: -1}',
      'limit: expected a share from 0 to 1, as triage_accuracy is one, got -1',
    ],
    [
      'a margin that no loss of a share exceeds',
      '{metric: subject_rouge_l, test: non-inferiority, margin: 5}',
      'margin: expected a share from 0 to 1, as subject_rouge_l is one, got 5',
    ],
  ])('%s', (_, gate, line) => {
    expect(problems(gate)).toEqual([`f:11: gauntlet.gates[0].${line}`]);
  });

  test.each([
    '{metric: triage_accuracy, test: superiority}',
    '{metric: triage_accuracy, test: superiority, margin: 0.02}',
    '{metric: triage_accuracy, test: non-inferiority, margin: 0}',
    '{metric: pii_leak_rate, test: at-most, limit: 1}',
    '{metric: subject_bleu, test: non-inferiority, margin: 2}',
    '{metric: latency_p50_ms, test: at-most, limit: 2000}',
    '{metric: cost_per_1k, test: at-most, limit: 4.5}',
  ])('%s can be decided', (gate) => {
    expect(problems(gate)).toEqual([]);
  });

  test('is asked for wherever the file is read, names only where the catalogue is at hand', () => {
    const text = projectYaml('post', {
      gauntlet: 'gauntlet:\n  gates:\n    - {metric: x, test: non-inferiority}',
    });
    const loaded = readProject(text);
    expect(loaded.ok ? [] : loaded.problems.map(({key}) => key)).toEqual(['gauntlet.gates[0].margin']);
  });
});

test('a gate is required unless a judge decides it, and as the file says where it says so', () => {
  const loaded = read(
    '{metric: triage_accuracy, test: superiority}',
    '{metric: judge_win_rate, test: at-least, limit: 0.4}',
    '{metric: judge_win_rate, test: at-least, limit: 0.4, required: true}',
    '{metric: triage_accuracy, test: superiority, required: false}',
  );
  expect(loaded.ok && loaded.config.gauntlet.gates.map(({required}) => required)).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test('an unknown key of a gate is told with the nearest known one', () => {
  expect(problems('{metric: triage_accuracy, test: superiority, requird: false}')).toEqual([
    'f:11: gauntlet.gates[0].requird: expected a known key (did you mean "required"?), got the unknown key "requird"',
  ]);
});

describe('against', () => {
  test('the anchor needs one to be named', () => {
    const gate = '{metric: triage_accuracy, test: non-inferiority, margin: 0.02, against: anchor}';
    expect(problems(gate)).toEqual([
      'f:11: gauntlet.gates[0].against: expected stable, as gauntlet.anchor names no release, got "anchor"',
    ]);
    expect(problems(`${gate}\n  anchor: first`)).toEqual([]);
  });

  test('is nothing for a gate that compares with its limit', () => {
    expect(problems('{metric: triage_accuracy, test: at-least, limit: 0.8, against: stable}')).toEqual([
      'f:11: gauntlet.gates[0].against: expected none, as an at-least gate compares with its limit, got "stable"',
    ]);
  });
});
