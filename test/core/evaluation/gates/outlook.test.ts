import {expect, test} from 'vitest';
import type {Metric} from '../../../../core/evaluation/catalog/metric.ts';
import {balancedMeasure} from '../../../../core/evaluation/gates/balanced-measure.ts';
import {gateOutlook, requiredOf} from '../../../../core/evaluation/gates/outlook.ts';
import {rateMeasure} from '../../../../core/evaluation/gates/rate-measure.ts';
import {requiredBalancedItems, requiredItems} from '../../../../core/evaluation/statistics/power.ts';
import {GateSpec} from '../../../../schemas/report.ts';
import {Task} from '../../../../schemas/project.ts';

const tasks = {
  team: Task.parse({kind: 'classification', labels: ['a', 'b'], inputs: ['text'], prompt: '{{text}}'}),
};
function outlook(gate: object, golden: Record<string, number>) {
  const [found] = gateOutlook(
    {tasks, gauntlet: {gates: [GateSpec.parse(gate)], probe_rows: 16}},
    {team: golden},
  );
  return found!;
}

test('68 and 67 pairs without a difference: the least that a margin of .05 takes (docs/evaluation.md)', () => {
  const gate = {metric: 'team_accuracy', test: 'non-inferiority', margin: 0.05};
  expect(outlook(gate, {a: 34, b: 34}).possible).toBe('yes');
  expect(outlook(gate, {a: 34, b: 33}).possible).toBe('no');
});

test('a limit that not even faultless answers keep is told with the bound', () => {
  const gate = {metric: 'team_balanced_accuracy', test: 'at-least', limit: 0.95};
  expect(outlook(gate, {a: 10, b: 10})).toMatchObject({
    possible: 'no',
    items: 20,
    reason: expect.stringMatching(/^even faultless answers would not pass: 1, lower 95 % bound/),
  });
  expect(outlook(gate, {a: 200, b: 200})).toMatchObject({possible: 'yes'});
});

test('a class without a golden row leaves balanced accuracy undecided', () => {
  expect(outlook({metric: 'team_balanced_accuracy', test: 'superiority'}, {a: 30, b: 0})).toMatchObject({
    possible: 'no',
    reason: expect.stringContaining('no item of b'),
  });
});

test('the rows that a margin takes are of the classes that have any, a rare one too', () => {
  const team = {of: 'team', measure: balancedMeasure(['a', 'b', 'c'])} as Metric;
  const rows = (counts: Record<string, number>) => requiredOf(team, 0.05, {team: counts});
  expect(rows({a: 59, b: 1, c: 0})).toBe(requiredBalancedItems(0.05, 0.1, [59 / 60, 1 / 60]));
  // Where no golden row is known yet, a rate takes as many as anywhere.
  expect(requiredOf({...team, measure: rateMeasure()}, 0.05, {})).toBe(requiredItems(0.05, 0.1));
});

test('what only a run can measure is not foretold', () => {
  expect(outlook({metric: 'latency_p50_ms', test: 'at-most', limit: 100}, {a: 30, b: 30}).possible).toBe(
    'unknown',
  );
});
