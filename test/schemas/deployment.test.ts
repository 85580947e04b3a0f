import {describe, expect, it, test} from 'vitest';
import {RolloutStep, RolloutSteps} from '../../schemas/deployment.ts';
import {explainIssues} from '../../schemas/explain-issue.ts';

const analysis = (change: object = {}) => ({
  analysis: {
    minSamples: 20,
    interval: 5,
    count: 3,
    metrics: [{name: 'quality', margin: 0.1}],
    ...change,
  },
});
function refused(steps: unknown): string {
  const {success, error} = RolloutSteps.safeParse(steps, {reportInput: true});
  if (success) return 'taken';
  const [first] = explainIssues(RolloutSteps, error.issues);
  return `${first!.path.join('.')}: expected ${first!.expected}, got ${first!.got}`;
}

describe('Argo’s words', () => {
  test.each([
    [60, 60],
    ['60', 60],
    ['30s', 30],
    ['10m', 600],
    ['1h30m', 5400],
    ['1.5h', 5400],
    ['500ms', 0.5],
    ['10 min', 600],
  ])('a duration %j is %d seconds', (written, seconds) => {
    expect(RolloutStep.parse({pause: {duration: written}})).toEqual({pause: {seconds}});
    expect(RolloutStep.parse({pause: {seconds: written}})).toEqual({pause: {seconds}});
    expect(RolloutStep.parse(analysis({interval: written, initialDelay: written}))).toMatchObject({
      analysis: {interval: seconds, initialDelay: seconds},
    });
  });

  it('a pause without an end stays one', () => {
    expect(RolloutStep.parse({pause: {}})).toEqual({pause: {}});
  });

  test.each([
    [{pause: {duration: '10 parsecs'}}, '0.pause.duration', '"10 parsecs"'],
    [{pause: {duration: '0s'}}, '0.pause.duration', ''],
    [{pause: {duration: -1}}, '0.pause.duration', '-1'],
    [{pause: {seconds: 5, duration: '5s'}}, '0.pause', 'not both'],
    [analysis({interval: 0}), '0.analysis.interval', '0'],
    [analysis({initialDelay: 'soon'}), '0.analysis.initialDelay', '"30s", "5m" or "1h30m", got "soon"'],
  ])('%j is refused where it stands', (step, at, what) => {
    const line = refused([step]);
    expect(line.startsWith(`${at}: expected`)).toBe(true);
    expect(line).toContain(what);
  });
});

it('refuses more measurements than a history holds, over all steps', () => {
  expect(refused([analysis({count: 4000})])).toBe('taken');
  expect(refused([analysis({count: 2000}), {setWeight: 10}, analysis({count: 2001})])).toBe(
    '2.analysis.count: expected at most 4000 measurements in all steps together (Temporal ends a longer history; a longer interval needs fewer), got 2001',
  );
});
