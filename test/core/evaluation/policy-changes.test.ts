import {expect, test} from 'vitest';
import {policyChanges, type Policy} from '../../../core/evaluation/policy-changes.ts';
import {ProjectConfig} from '../../../schemas/project.ts';

const of = (change: unknown): Policy => ProjectConfig.shape.gauntlet.parse(change);
const before = of({
  gates: [
    {metric: 'accuracy', test: 'superiority', when: 'first'},
    {metric: 'accuracy', test: 'non-inferiority', margin: 0.02, when: 'retrain'},
    {metric: 'accuracy', test: 'non-inferiority', margin: 0.02, slice: 'frozen'},
    {metric: 'pii_leak_rate', test: 'at-most', limit: 0.05},
  ],
});

test('without a former policy every gate is an added one', () => {
  expect(policyChanges(null, before)).toEqual([
    'added accuracy (first): superiority, required',
    'added accuracy (retrain): non-inferiority, margin 0.02, required',
    'added accuracy [frozen]: non-inferiority, margin 0.02, required',
    'added pii_leak_rate: at-most, limit 0.05, required',
  ]);
});

test('the same policy, its gates in another order, changed nothing', () => {
  expect(policyChanges(before, {...before, gates: [...before.gates].reverse()})).toEqual([]);
});

test('what was added, removed, loosened or made advisory, and other settings', () => {
  const after = of({
    gates: [
      {metric: 'accuracy', test: 'at-least', limit: 0.5, when: 'first'},
      {metric: 'accuracy', test: 'non-inferiority', margin: 0.05, required: false, when: 'retrain'},
      {metric: 'accuracy', test: 'non-inferiority', margin: 0.02, slice: 'frozen'},
      {metric: 'injection_rate', test: 'at-most', limit: 0.1, required: false},
    ],
    max_error_share: 0.1,
    judge: {base_url: 'http://judge:8000', model: 'm', api_key_env: 'KEY'},
  });
  expect(policyChanges(before, after)).toEqual([
    'accuracy (first): superiority → at-least, no limit → limit 0.5',
    'accuracy (retrain): margin 0.02 → margin 0.05, required → advisory',
    'added injection_rate: at-most, limit 0.1, advisory',
    'removed pii_leak_rate: at-most, limit 0.05, required',
    'judge: none → {"base_url":"http://judge:8000","model":"m","api_key_env":"KEY"}',
    'max_error_share: 0.02 → 0.1',
  ]);
});

test('two gates alike are told apart by their number', () => {
  const gate = {metric: 'accuracy', test: 'at-least', limit: 0.5};
  expect(policyChanges(of({gates: [gate]}), of({gates: [gate, {...gate, limit: 0.6}]}))).toEqual([
    'added accuracy #2: at-least, limit 0.6, required',
  ]);
});
