import {describe, expect, test} from 'vitest';
import {summarise} from '../../cli/demo/summary.ts';
import type {DemoSummary} from '../../schemas/demo-summary.ts';
import type {GateResult} from '../../schemas/report.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';

const gate = (metric: string, verdict: GateResult['verdict'], required = true): GateResult => ({
  spec: {metric, test: 'at-least', margin: 0, limit: 0.75, required, when: 'always', slice: 'frozen'},
  verdict,
  reason: '0.857, lower 95 % bound 0.734 < 0.75 (n = 35)',
  candidate: null,
  stable: null,
  difference: null,
  bound: null,
  minimumDetectable: null,
});
const digest = 'd'.repeat(64);
const held = {
  project: 'mail',
  dataset: {version: digest, rowsIn: 3, rowsKept: 2, drops: {exact_duplicate: 1}},
  base: {},
  candidate: {},
  verdict: 'inconclusive',
  approval: null,
  gates: [
    gate('triage_recall_ham', 'pass'),
    gate('triage_recall_spam', 'inconclusive'),
    gate('bleu', 'fail', false),
  ],
  rollout: {status: 'not started', steps: []},
  drift: null,
  retrain: null,
  release: {digest, parent: null},
  cached: [],
  seconds: {total: 1},
  links: {},
  cost: {
    currency: 'USD',
    basis: [],
    stages: {},
    total: {spent: {cpuSeconds: 720}, cost: 0.01, kWh: 0.0011, gCO2e: 0.53},
    estimates: [{stage: 'train', workflow: 'train/mail/0', estimate: 0.004, actual: 0.005, basis: ''}],
  },
} as unknown as DemoSummary;
const first = {approval: null} as LifecycleResult;
const line = (text: string, what: string): string | undefined =>
  text.split('\n').find((one) => one.trimStart().startsWith(what));

describe('the summary of a demo whose candidate did not pass', () => {
  const text = summarise(held, first, null);

  test('names the required gate that held it back, with its figures, and no other', () => {
    expect(line(text, 'gauntlet')).toContain(
      'triage_recall_spam of frozen is inconclusive: 0.857, lower 95 % bound 0.734 < 0.75 (n = 35)',
    );
    expect(text).not.toContain('bleu');
  });

  test('tells what was spent, and the training beside its estimate', () => {
    expect(line(text, 'cost')).toContain(
      '0.01 USD, 12 min 00 s of CPU; about 1.1 Wh, 0.53 g CO₂e (estimated); training 0.005 USD, estimated 0.004 USD',
    );
  });

  test('says of what did not happen that it did not', () => {
    expect(line(text, 'rollout')).toMatch(/not started$/);
    expect(line(text, 'retrain')).toMatch(/not started$/);
    expect(line(text, 'drift')).toMatch(/not looked at$/);
  });
});

test.each([
  [
    {status: 'inconclusive', verdict: 'inconclusive', promoted: false, release: digest},
    'release dddddddddddd: inconclusive (npx ratchet report dddddddddddd shows why); the previous release keeps answering, as intended',
  ],
  [
    {status: 'rejected', verdict: 'pass', promoted: false, release: digest},
    'release dddddddddddd: rejected, verdict pass; the previous release keeps answering, as intended',
  ],
  [
    {status: 'failed', verdict: null, promoted: false, release: null},
    'failed, verdict none; the previous release keeps answering, as intended',
  ],
  [
    {status: 'promoted', verdict: 'pass', promoted: true, release: digest},
    'release dddddddddddd: verdict pass, promoted',
  ],
])('a retrain that ended %o is told with where to read more', (retrain, told) => {
  const said = line(summarise({...held, retrain} as DemoSummary, first, null), 'retrain');
  expect(said).toMatch(/^retrain {2,}/);
  expect(said).toContain(told);
});
