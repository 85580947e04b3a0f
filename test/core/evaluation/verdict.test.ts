import {describe, expect, it} from 'vitest';
import {applicableGates, overallVerdict} from '../../../core/evaluation/verdict.ts';
import type {Verdict} from '../../../schemas/names.ts';
import {GateSpec} from '../../../schemas/report.ts';

const gate = (verdict: Verdict, required = true) => ({verdict, spec: {required}});

describe('overall verdict', () => {
  it.each<[string, ReturnType<typeof gate>[], Verdict]>([
    ['all required pass', [gate('pass'), gate('pass')], 'pass'],
    ['the worst of the required decides', [gate('pass'), gate('inconclusive'), gate('fail')], 'fail'],
    ['inconclusive is not pass', [gate('pass'), gate('inconclusive')], 'inconclusive'],
    ['advisory gates never decide', [gate('pass'), gate('fail', false), gate('inconclusive', false)], 'pass'],
    ['nothing measured', [], 'inconclusive'],
    ['only advisory gates', [gate('pass', false)], 'inconclusive'],
  ])('%s', (_, gates, want) => expect(overallVerdict(gates)).toBe(want));
});

describe('which gates apply', () => {
  const gates = ['always', 'first', 'retrain'].map((when) =>
    GateSpec.parse({metric: when, test: 'superiority', when}),
  );
  it('in a first run', () => {
    expect(applicableGates(gates, 'first').map((g) => g.metric)).toEqual(['always', 'first']);
  });
  it('in a retrain', () => {
    expect(applicableGates(gates, 'retrain').map((g) => g.metric)).toEqual(['always', 'retrain']);
  });
});
