import {describe, expect, it} from 'vitest';
import {balancedMeasure} from '../../../../core/evaluation/gates/balanced-measure.ts';
import {corpusMeasure} from '../../../../core/evaluation/gates/corpus-measure.ts';
import {decideGate} from '../../../../core/evaluation/gates/decide.ts';
import {meanMeasure} from '../../../../core/evaluation/gates/mean-measure.ts';
import type {Measure, Observation} from '../../../../core/evaluation/gates/measure.ts';
import {rateMeasure} from '../../../../core/evaluation/gates/rate-measure.ts';
import {seededRandom, type Random} from '../../../../core/evaluation/statistics/random.ts';
import {GateSpec} from '../../../../schemas/report.ts';

const TRIALS = 600;
/** 5 % and three standard deviations of what TRIALS trials can show. */
const ALLOWED = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / TRIALS);

interface World {
  readonly measure: Measure;
  /** Scores of one cluster's items for one side, given what moves the whole cluster. */
  readonly answer: (random: Random, shift: number) => number;
  readonly strata: readonly string[];
}
const graded: World = {
  measure: meanMeasure(),
  answer: (random, shift) => 0.5 + shift * 0.3 + 0.1 * random.normal(),
  strata: [''],
};
const binary = (measure: Measure, strata: readonly string[]): World => ({
  measure,
  answer: (random, shift) => (Math.abs(shift) > 1.2 ? (shift > 0 ? 1 : 0) : random.next() < 0.9 ? 1 : 0),
  strata,
});

/** Two releases of the same quality: clusters of one to four near-duplicates fall for one side or the other together. */
function draw(world: World, random: Random, clusters: number, harm = 0) {
  const sides: {candidate: Observation[]; stable: Observation[]} = {candidate: [], stable: []};
  for (let c = 0; c < clusters; c++) {
    const size = 1 + random.below(4);
    const stratum = world.strata[c % world.strata.length]!;
    const shifts = {candidate: random.normal(), stable: random.normal()};
    for (let i = 0; i < size; i++) {
      for (const side of ['candidate', 'stable'] as const) {
        const value = world.answer(random, shifts[side]) - (side === 'candidate' ? harm : 0);
        sides[side].push({item: `${c}/${i}`, cluster: `${c}`, stratum, values: [value]});
      }
    }
  }
  return sides;
}

function share(
  world: World,
  spec: Partial<GateSpec>,
  verdict: string,
  {clusters = 80, harm = 0, ignoreClusters = false} = {},
): number {
  const random = seededRandom(`false-alarms/${JSON.stringify(spec)}`);
  const gate = GateSpec.parse({metric: 'm', test: 'superiority', ...spec});
  let hits = 0;
  for (let t = 0; t < TRIALS; t++) {
    const sides = draw(world, random, clusters, harm);
    const alone = (side: Observation[]) =>
      ignoreClusters ? side.map((o) => ({...o, cluster: o.item})) : side;
    const result = decideGate(
      gate,
      {
        status: 'measured',
        measure: world.measure,
        candidate: alone(sides.candidate),
        stable: alone(sides.stable),
      },
      {maxErrorShare: 0.02},
    );
    if (result.verdict === verdict) hits++;
  }
  return hits / TRIALS;
}

describe('A/A: two releases of the same quality on clustered items', () => {
  it.each<[string, World]>([
    ['graded scores', graded],
    ['right or wrong', binary(rateMeasure(), [''])],
    ['balanced over classes at 1 : 5', binary(balancedMeasure(), ['s', 'h', 'h', 'h', 'h', 'h'])],
  ])('%s: called better, or worse, in at most 5 %', (_, world) => {
    expect(share(world, {}, 'pass')).toBeLessThanOrEqual(ALLOWED);
    expect(share(world, {}, 'fail')).toBeLessThanOrEqual(ALLOWED);
  });

  it('the same data without its clusters raises false alarms: this check can fail', () => {
    expect(share(graded, {}, 'pass', {ignoreClusters: true})).toBeGreaterThan(ALLOWED);
  });

  it('corpus figures by the cluster bootstrap', () => {
    const world = {...graded, measure: corpusMeasure(([a]) => a!, 1)};
    const random = seededRandom('corpus');
    let hits = 0;
    for (let t = 0; t < 100; t++) {
      const sides = draw(world, random, 60);
      const result = decideGate(
        GateSpec.parse({metric: 'm', test: 'superiority'}),
        {status: 'measured', measure: world.measure, ...sides},
        {maxErrorShare: 0.02},
      );
      if (result.verdict === 'pass') hits++;
    }
    expect(hits).toBeLessThanOrEqual(12);
  });
});

describe('non-inferiority at the margin', () => {
  it('a release worse by exactly the margin passes in at most 5 %', () => {
    expect(share(graded, {test: 'non-inferiority', margin: 0.05}, 'pass', {harm: 0.05})).toBeLessThanOrEqual(
      ALLOWED,
    );
  });
  it('… and is not failed in more than 5 % either: it takes being shown worse than the margin', () => {
    expect(share(graded, {test: 'non-inferiority', margin: 0.05}, 'fail', {harm: 0.05})).toBeLessThanOrEqual(
      ALLOWED,
    );
  });
  it('much worse: failed nearly always', () => {
    expect(share(graded, {test: 'non-inferiority', margin: 0.05}, 'fail', {harm: 0.25})).toBeGreaterThan(0.9);
  });
});
