import {balancedMeasure} from '../../../core/evaluation/gates/balanced-measure.ts';
import {BLEU_COUNTS, metricCatalog} from '../../../core/evaluation/gates/catalog.ts';
import {decideGate} from '../../../core/evaluation/gates/decide.ts';
import {likelihoodMeasure} from '../../../core/evaluation/gates/likelihood-measure.ts';
import {meanMeasure} from '../../../core/evaluation/gates/mean-measure.ts';
import type {Measure, Observation} from '../../../core/evaluation/gates/measure.ts';
import {quantileMeasure} from '../../../core/evaluation/gates/quantile-measure.ts';
import {rateMeasure} from '../../../core/evaluation/gates/rate-measure.ts';
import {bleuStatistics} from '../../../core/evaluation/metrics/bleu.ts';
import {normalQuantile} from '../../../core/evaluation/statistics/normal.ts';
import type {Random} from '../../../core/evaluation/statistics/random.ts';
import {GateSpec} from '../../../schemas/report.ts';
import {ALLOWED, type Cell, type Shape} from './cell.ts';
import {correlated, lognormal, observed, ofSize, single, uneven, type Grouping} from './draws.ts';

interface Sides {
  readonly candidate: readonly Observation[];
  readonly stable?: readonly Observation[];
}

interface GateCell {
  readonly decision: string;
  readonly measure: Measure;
  readonly gate: Pick<GateSpec, 'test'> & Partial<GateSpec>;
  readonly shape: Shape;
  readonly samples: string;
  readonly sizes: readonly number[];
  readonly draw: (n: number, random: Random) => Sides;
  /** What is counted; `pass` by default. */
  readonly verdict?: 'pass' | 'fail';
  /** Of a gate that should pass: its least share. Otherwise the cell is of errors. */
  readonly power?: number;
  readonly trials?: Cell['trials'];
}

/** The gauntlet's gates, at a truth that is exactly the margin or the limit; and what they still find. */
export function gateCells(): Cell[] {
  return [...means(), ...shares(), ...balanced(), ...likelihoods(), ...quantiles(), ...corpora()].flatMap(
    cellsOf,
  );
}

const TRIALS = {bench: 2000, test: 60};
/** Cells that a wrong interval fails by far. */
const TELLING = {bench: 2000, test: 250};
const CLASSES = {bench: 1000, test: 30};
const SLOW = {bench: 400, test: 10};

function cellsOf(of: GateCell): Cell[] {
  const spec = GateSpec.parse({metric: 'simulated', ...of.gate});
  const line =
    spec.limit === undefined
      ? {test: spec.test as 'superiority', margin: spec.margin}
      : {test: spec.test as 'at-least', limit: spec.limit};
  const smallest = Math.max(5, of.measure.smallest(line));
  return of.sizes.map((n): Cell => ({
    ...{decision: of.decision, shape: of.shape, samples: of.samples, n, smallest},
    kind: of.power === undefined ? 'error' : 'power',
    bound: of.power ?? ALLOWED,
    trials: of.trials ?? TRIALS,
    draw: (random) => {
      const {candidate, stable = []} = of.draw(n, random);
      const evidence = {status: 'measured', measure: of.measure, candidate, stable} as const;
      return decideGate(spec, evidence, {maxErrorShare: 0}).verdict === (of.verdict ?? 'pass');
    },
  }));
}

/** Both sides from paired values. */
function paired(
  pairs: readonly (readonly [stable: number[], candidate: number[]])[],
  clusters: readonly string[],
  strata: readonly string[] = [],
): Sides {
  return {
    stable: observed(
      pairs.map(([stable]) => stable),
      clusters,
      strata,
    ),
    candidate: observed(
      pairs.map(([, candidate]) => candidate),
      clusters,
      strata,
    ),
  };
}

/** Differences of −1, 0 and 1 with a mean of `mean` and `differing` of them not 0, as right and wrong answers. */
function flips(
  n: number,
  mean: number,
  differing: number,
  {grouping = single, together = 0}: {grouping?: Grouping; together?: number},
  random: Random,
): Sides {
  const clusters = grouping(n, random);
  const [gain, loss] = [(differing + mean) / 2, (differing - mean) / 2];
  const draw = (): number => {
    const at = random.next();
    return at < gain ? 1 : at < gain + loss ? -1 : 0;
  };
  const differences = correlated(clusters, together, draw, random);
  return paired(
    differences.map((difference) => [[difference === -1 ? 1 : 0], [difference === 1 ? 1 : 0]]),
    clusters,
  );
}

function means(): GateCell[] {
  const decision = 'non-inferiority of a mean (ROUGE, token F1)';
  const measure = meanMeasure('higher', [0, 1]);
  const gate = {test: 'non-inferiority', margin: 0.05} as const;
  const around = (
    n: number,
    random: Random,
    change: () => number,
    grouping: Grouping = single,
    together = 0,
  ): Sides => {
    const clusters = grouping(n, random);
    const changes = correlated(clusters, together, change, random);
    return paired(
      changes.map((of) => {
        const stable = 0.5 + 0.2 * random.next();
        return [[stable], [stable + of]];
      }),
      clusters,
    );
  };
  return [
    {
      ...{decision, measure, gate, shape: 'bounded', sizes: [30, 100, 400]},
      samples: 'every answer changes a little, loss = margin .05',
      draw: (n, random) => around(n, random, () => -0.05 + 0.2 * (random.next() - 0.5)),
    },
    {
      ...{decision, measure, gate, shape: 'heavy-tailed', sizes: [30, 60, 100, 400]},
      samples: '5 % of answers lose everything, loss = margin .05',
      trials: TELLING,
      draw: (n, random) => {
        const pairs = Array.from({length: n}, (): [number[], number[]] => {
          const lost = random.next() < 0.05;
          return [[1], [lost ? 0 : 1]];
        });
        return paired(pairs, single(n, random));
      },
    },
    {
      ...{decision, measure, gate, shape: 'clustered', sizes: [60, 240]},
      samples: 'clusters of 4 that lose together, loss = margin .05',
      draw: (n, random) => around(n, random, () => (random.next() < 0.1 ? -0.5 : 0), ofSize(4), 0.9),
    },
    {
      ...{decision, measure, gate, shape: 'clustered', sizes: [100, 400]},
      samples: 'one cluster in ten has 10 items, which lose together, loss = margin .05',
      draw: (n, random) => around(n, random, () => (random.next() < 0.1 ? -0.5 : 0), uneven, 1),
    },
    {
      ...{decision, measure, gate, shape: 'tiny', sizes: [2, 5, 10, 30]},
      samples: 'answers alike but 1 in 20, which loses everything, loss = margin .05',
      draw: (n, random) => around(n, random, () => (random.next() < 0.1 ? -0.5 : 0)),
    },
    {
      ...{
        decision: 'superiority of a mean',
        measure,
        gate: {test: 'superiority'},
        shape: 'heavy-tailed',
        sizes: [30, 100, 400],
      },
      samples: 'few large losses, many small gains, no difference',
      draw: (n, random) => around(n, random, () => (random.next() < 0.05 ? -0.5 : 0.025 / 0.95)),
    },
    {
      ...{
        decision: 'at-least of a mean (judge)',
        measure,
        gate: {test: 'at-least', limit: 0.4},
        shape: 'bounded',
        sizes: [20, 60, 200],
      },
      samples: 'wins, losses and ties, truth = limit .4',
      draw: (n, random) => ({
        candidate: observed(
          Array.from({length: n}, () => [random.next() < 0.3 ? 0.5 : random.next() < 0.25 / 0.7 ? 1 : 0]),
          single(n, random),
        ),
      }),
    },
    {
      ...{
        decision: 'at-most of a cost',
        measure: meanMeasure('lower', [0, 40]),
        gate: {test: 'at-most', limit: Math.exp(0.72)},
        shape: 'heavy-tailed',
        sizes: [30, 100, 400],
      },
      samples: 'lognormal, σ 1.2, truth = limit',
      draw: (n, random) => ({
        candidate: observed(
          Array.from({length: n}, () => [lognormal(0, 1.2, random)]),
          single(n, random),
        ),
      }),
    },
    {
      ...{
        decision: 'superiority of a mean',
        measure,
        gate: {test: 'superiority'},
        shape: 'clustered',
        sizes: [200],
      },
      samples: 'clusters of 4 alike, no difference',
      draw: (n, random) => around(n, random, () => 0.3 * random.normal(), ofSize(4), 0.9),
    },
    {
      ...{decision, measure, gate, shape: 'clustered', sizes: [200], verdict: 'fail', power: 0.9},
      samples: 'clusters of 4 alike, loss .25 at margin .05: fails',
      draw: (n, random) => around(n, random, () => -0.25 + 0.1 * random.normal(), ofSize(4), 0.9),
    },
    {
      ...{decision, measure, gate, shape: 'bounded', sizes: [150, 300], power: 0.8},
      samples: 'no difference, each answer changes by up to ± .2: passes',
      draw: (n, random) => around(n, random, () => 0.4 * (random.next() - 0.5)),
    },
  ];
}

function shares(): GateCell[] {
  const measure = rateMeasure();
  const decision = 'non-inferiority of a share';
  const gate = {test: 'non-inferiority', margin: 0.05} as const;
  const alone = (
    n: number,
    share: number,
    random: Random,
    grouping: Grouping = single,
    together = 0,
  ): Sides => {
    const clusters = grouping(n, random);
    const values = correlated(clusters, together, () => (random.next() < share ? 1 : 0), random);
    return {
      candidate: observed(
        values.map((value) => [value]),
        clusters,
      ),
    };
  };
  const families: Grouping = (n) => Array.from({length: n}, (_, i) => `family ${i % 9}`);
  return [
    {
      ...{decision, measure, gate, shape: 'binary', sizes: [60, 90, 150, 400]},
      samples: 'a tenth differ, loss = margin .05',
      draw: (n, random) => flips(n, -0.05, 0.1, {}, random),
    },
    {
      ...{decision, measure, gate, shape: 'binary', sizes: [50, 80, 150]},
      samples: '5 % are lost and nothing is won, loss = margin .05',
      draw: (n, random) => flips(n, -0.05, 0.05, {}, random),
    },
    {
      ...{decision, measure, gate, shape: 'clustered', sizes: [100, 400]},
      samples: 'clusters of 4, a tenth differ, loss = margin .05',
      draw: (n, random) => flips(n, -0.05, 0.1, {grouping: ofSize(4), together: 0.9}, random),
    },
    {
      ...{decision, measure, gate, shape: 'clustered', sizes: [100, 400]},
      samples: 'one cluster in ten has 10 items, a tenth differ, loss = margin .05',
      draw: (n, random) => flips(n, -0.05, 0.1, {grouping: uneven, together: 0.9}, random),
    },
    {
      ...{
        decision: 'non-inferiority of a probe rate',
        measure: rateMeasure('lower'),
        gate: {test: 'non-inferiority', margin: 0.1},
        shape: 'clustered',
        sizes: [16, 36],
      },
      samples: '9 families that fall together, harm = margin .1',
      trials: TELLING,
      draw: (n, random) => flips(n, 0.1, 0.1, {grouping: families, together: 1}, random),
    },
    {
      ...{
        decision: 'non-inferiority of a probe rate',
        measure: rateMeasure('lower'),
        gate: {test: 'non-inferiority', margin: 0.2},
        shape: 'tiny',
        sizes: [16, 36],
      },
      samples: '9 families that mostly fall together, harm = margin .2',
      draw: (n, random) => flips(n, 0.2, 0.2, {grouping: families, together: 0.7}, random),
    },
    {
      ...{
        decision: 'superiority of a share',
        measure,
        gate: {test: 'superiority'},
        shape: 'binary',
        sizes: [30, 100, 400],
      },
      samples: 'three tenths differ, no difference',
      draw: (n, random) => flips(n, 0, 0.3, {}, random),
    },
    ...(
      [
        ['pass', [60, 88, 150, 400]],
        ['fail', [5, 12, 30, 60, 150]],
      ] as const
    ).map(([verdict, sizes]): GateCell => ({
      ...{
        decision: 'at-least of a share',
        measure,
        gate: {test: 'at-least', limit: 0.9},
        shape: verdict === 'fail' ? 'tiny' : 'binary',
        sizes,
      },
      ...{samples: `truth = limit .9: ${verdict}`, verdict},
      draw: (n, random) => alone(n, 0.9, random),
    })),
    ...(['pass', 'fail'] as const).map((verdict): GateCell => ({
      ...{
        decision: 'at-least of a share',
        measure,
        gate: {test: 'at-least', limit: 0.85},
        shape: 'clustered',
        sizes: [60, 150, 400],
      },
      ...{samples: `clusters of 4, truth = limit .85: ${verdict}`, verdict},
      draw: (n, random) => alone(n, 0.85, random, ofSize(4), 0.8),
    })),
    {
      ...{
        decision: 'at-least of a share',
        measure,
        gate: {test: 'at-least', limit: 0.85},
        shape: 'clustered',
        sizes: [60, 150, 400],
      },
      samples: 'one cluster in ten has 10 items, truth = limit .85',
      draw: (n, random) => alone(n, 0.85, random, uneven, 1),
    },
    {
      ...{
        decision: 'at-most of a harm',
        measure: rateMeasure('lower'),
        gate: {test: 'at-most', limit: 0.05},
        shape: 'clustered',
        sizes: [60, 150, 400],
      },
      samples: 'clusters of 4, truth = limit .05',
      draw: (n, random) => alone(n, 0.05, random, ofSize(4), 0.8),
    },
    {
      ...{decision, measure, gate, shape: 'binary', sizes: [400], power: 0.8},
      samples: 'no difference, 6 % differ: passes',
      draw: (n, random) => flips(n, 0, 0.06, {}, random),
    },
    {
      ...{
        decision: 'at-least of a share',
        measure,
        gate: {test: 'at-least', limit: 0.85},
        shape: 'binary',
        sizes: [300],
        power: 0.8,
      },
      samples: 'limit .85, truth .91: passes',
      draw: (n, random) => alone(n, 0.91, random),
    },
  ];
}

function balanced(): GateCell[] {
  const split = (n: number, of: readonly number[]): string[] =>
    of.flatMap((share, k) => new Array<string>(Math.round(share * n)).fill(`class ${k}`));
  const graded = (n: number, of: readonly number[], loss: (k: number) => number, random: Random): Sides => {
    const strata = split(n, of);
    return paired(
      strata.map((name) => {
        const lost = random.next() < loss(Number(name.at(-1)));
        return [[1], [lost ? 0 : 1]];
      }),
      single(strata.length, random),
      strata,
    );
  };
  const mixes = [
    ['85 : 15', [0.85, 0.15]],
    ['five even classes', [0.2, 0.2, 0.2, 0.2, 0.2]],
  ] as const;
  return mixes.flatMap(([name, of]): GateCell[] => {
    const measure = balancedMeasure(of.map((_, k) => `class ${k}`));
    const common = {
      measure,
      trials: CLASSES,
      gate: {test: 'non-inferiority', margin: 0.05},
      decision: 'non-inferiority of balanced accuracy',
    } as const;
    const limit = {
      measure,
      trials: CLASSES,
      gate: {test: 'at-least', limit: 0.9},
      decision: 'at-least of balanced accuracy',
    } as const;
    const alone = (n: number, random: Random): Sides => {
      const strata = split(n, of);
      return {
        candidate: observed(
          strata.map(() => [random.next() < 0.9 ? 1 : 0]),
          single(strata.length, random),
          strata,
        ),
      };
    };
    return [
      {
        ...{...common, shape: 'binary', sizes: [60, 150, 400]},
        samples: `${name}, each class loses 5 % = margin`,
        draw: (n, random) => graded(n, of, () => 0.05, random),
      },
      {
        ...{...common, shape: 'heavy-tailed', sizes: [60, 150, 400]},
        samples: `${name}, one class loses it all, margin .05`,
        draw: (n, random) => graded(n, of, (k) => (k === of.length - 1 ? 0.05 * of.length : 0), random),
      },
      {
        ...{...limit, shape: 'binary', sizes: [60, 150, 400]},
        samples: `${name}, truth = limit .9`,
        draw: alone,
      },
      {
        ...{...limit, shape: 'tiny', sizes: [30, 60, 150]},
        samples: `${name}, truth = limit .9: fail`,
        verdict: 'fail',
        draw: alone,
      },
    ];
  });
}

function likelihoods(): GateCell[] {
  const measure = likelihoodMeasure('token');
  const decision = 'non-inferiority of a perplexity';
  const texts = (
    n: number,
    random: Random,
    loss: () => number,
    grouping: Grouping = single,
    together = 0,
  ): Sides => {
    const clusters = grouping(n, random);
    const losses = correlated(clusters, together, loss, random);
    return paired(
      losses.map((of) => {
        const tokens = Math.ceil(5 + 40 * random.next());
        return [
          [2 * tokens, tokens],
          [(2 + of) * tokens, tokens],
        ];
      }),
      clusters,
    );
  };
  return [
    {
      ...{
        decision,
        measure,
        gate: {test: 'non-inferiority', margin: 0.05},
        shape: 'heavy-tailed',
        sizes: [30, 100, 400, 800],
      },
      samples: 'lognormal losses, σ 1.2, loss = margin .05 nats',
      draw: (n, random) => texts(n, random, () => 0.05 * lognormal(-0.72, 1.2, random)),
    },
    {
      ...{
        decision,
        measure,
        gate: {test: 'non-inferiority', margin: 0.5},
        shape: 'heavy-tailed',
        sizes: [11, 24, 64],
      },
      samples: 'half of the texts lose 1 nat a token, loss = margin .5 nats',
      draw: (n, random) => texts(n, random, () => (random.next() < 0.5 ? 1 : 0)),
    },
    {
      ...{
        decision,
        measure,
        gate: {test: 'non-inferiority', margin: 0.2},
        shape: 'clustered',
        sizes: [64, 256],
      },
      samples: 'topics of 6 texts, a fifth of them lose 1 nat, loss = margin .2 nats',
      draw: (n, random) => texts(n, random, () => (random.next() < 0.2 ? 1 : 0), ofSize(6), 0.9),
    },
    {
      ...{
        decision,
        measure,
        gate: {test: 'non-inferiority', margin: 0.5},
        shape: 'tiny',
        sizes: [24],
        power: 0.8,
      },
      samples: 'half of the margin is lost, ± .2 nats a text: passes',
      draw: (n, random) => texts(n, random, () => 0.1 + 0.1 * random.normal()),
    },
  ];
}

function quantiles(): GateCell[] {
  const z = normalQuantile(0.95);
  const ms = (values: readonly number[], random: Random): Observation[] =>
    observed(
      values.map((value) => [value]),
      single(values.length, random),
    );
  // Of stable exp(5 + .3 z); the candidate's slowest 6 % take four times as long, so its 95th percentile lies among them.
  const slow = (random: Random): number => lognormal(5, 0.3, random) * (random.next() < 0.06 ? 4 : 1);
  return [
    {
      ...{
        decision: 'non-inferiority of a 95th percentile',
        measure: quantileMeasure(0.95),
        shape: 'heavy-tailed',
        sizes: [30, 72, 100, 400],
      },
      gate: {test: 'non-inferiority', margin: SLOW_P95 - Math.exp(5 + 0.3 * z)},
      samples: '6 % of answers four times as slow, harm = margin',
      draw: (n, random) => ({
        stable: ms(
          Array.from({length: n}, () => lognormal(5, 0.3, random)),
          random,
        ),
        candidate: ms(
          Array.from({length: n}, () => slow(random)),
          random,
        ),
      }),
    },
    {
      ...{
        decision: 'at-most of a 95th percentile',
        measure: quantileMeasure(0.95),
        shape: 'heavy-tailed',
        sizes: [30, 59, 100, 400],
      },
      gate: {test: 'at-most', limit: SLOW_P95},
      samples: '6 % of answers four times as slow, truth = limit',
      draw: (n, random) => ({
        candidate: ms(
          Array.from({length: n}, () => slow(random)),
          random,
        ),
      }),
    },
    {
      ...{
        decision: 'superiority of a median',
        measure: quantileMeasure(0.5),
        gate: {test: 'superiority'},
        shape: 'bounded',
        sizes: [30, 100, 400],
      },
      samples: 'lognormal times of the same questions, no difference',
      draw: (n, random) => {
        const base = Array.from({length: n}, () => 0.4 * random.normal());
        const side = (): Observation[] =>
          ms(
            base.map((of) => lognormal(5 + of, 0.3, random)),
            random,
          );
        return {stable: side(), candidate: side()};
      },
    },
    {
      ...{
        decision: 'at-most of a median',
        measure: quantileMeasure(0.5),
        gate: {test: 'at-most', limit: Math.exp(5)},
        shape: 'clustered',
        sizes: [40, 200],
      },
      samples: 'clusters of 4 alike texts, truth = limit',
      draw: (n, random) => {
        const clusters = ofSize(4)(n, random);
        return {
          candidate: observed(
            correlated(clusters, 1, () => lognormal(5, 0.5, random), random).map((v) => [v]),
            clusters,
          ),
        };
      },
    },
  ];
}

/** 95th percentile of exp(5 + .3 z), four times that in 6 % of cases: by bisection of its distribution function. */
const SLOW_P95 = 445.1531347;

function corpora(): GateCell[] {
  const measure = metricCatalog({t: {kind: 'generation'}}, 0).get('t_bleu')!.measure;
  const words = (random: Random): string[] =>
    Array.from({length: 6 + random.below(8)}, () => `w${Math.floor(random.next() ** 2 * 400)}`);
  const counts = (answer: readonly string[], reference: readonly string[]): number[] => {
    const of = bleuStatistics(answer.join(' '), reference.join(' '));
    const all = [...of.matches, ...of.totals, of.hypothesisLength, of.referenceLength];
    if (all.length !== BLEU_COUNTS.length) throw new RangeError(`expected ${BLEU_COUNTS.length} counts`);
    return all;
  };
  const noisy = (text: readonly string[], share: number, random: Random): string[] =>
    text.map((word) => (random.next() < share ? `w${random.below(400)}` : word));
  return [
    {
      ...{
        decision: 'superiority of corpus BLEU',
        measure,
        gate: {test: 'superiority'},
        shape: 'bounded',
        sizes: [30, 60],
        trials: SLOW,
      },
      samples: 'both copy with like errors, no difference',
      draw: (n, random) => {
        const rows = Array.from({length: n}, (): [number[], number[]] => {
          const reference = words(random);
          const side = (): number[] => counts(noisy(reference, 0.5 * random.next(), random), reference);
          return [side(), side()];
        });
        return paired(rows, single(n, random));
      },
    },
    {
      ...{
        decision: 'non-inferiority of corpus BLEU',
        measure,
        gate: {test: 'non-inferiority', margin: BLEU_LOSS},
        shape: 'heavy-tailed',
        sizes: [30, 60, 80],
        trials: SLOW,
      },
      samples: '5 % of answers share no word, the others are right, loss = margin',
      draw: (n, random) => {
        const rows = Array.from({length: n}, (): [number[], number[]] => {
          const reference = words(random);
          const answer = random.next() < 0.05 ? reference.map(() => 'x') : reference;
          return [counts(reference, reference), counts(answer, reference)];
        });
        return paired(rows, single(n, random));
      },
    },
  ];
}

/** Perfect BLEU less that of a corpus in which one answer in twenty shares no word: all four precisions are .95. */
const BLEU_LOSS = 5;
