import {decideGate} from '../../../core/evaluation/gates/decide.ts';
import {GateSpec} from '../../../schemas/report.ts';
import {ALLOWED, type Cell} from './cell.ts';
import {means} from './gates/means.ts';
import {shares} from './gates/shares.ts';
import {balanced} from './gates/balanced.ts';
import {likelihoods} from './gates/likelihoods.ts';
import {quantiles} from './gates/quantiles.ts';
import {corpora} from './gates/corpora.ts';
import {TRIALS, type GateCell} from './gates/gate-cell.ts';

/** The gauntlet's gates, at a truth that is exactly the margin or the limit; and what they still find. */
export function gateCells(): Cell[] {
  return [...means(), ...shares(), ...balanced(), ...likelihoods(), ...quantiles(), ...corpora()].flatMap(
    cellsOf,
  );
}

function cellsOf(of: GateCell): Cell[] {
  const spec = GateSpec.parse({metric: 'simulated', ...of.gate});
  const line =
    spec.limit === undefined
      ? {test: spec.test as 'superiority', margin: spec.margin}
      : {test: spec.test as 'at-least', limit: spec.limit};
  const smallest = Math.max(5, of.measure.smallest(line));
  return of.sizes.map((n): Cell => ({
    decision: of.decision,
    shape: of.shape,
    samples: of.samples,
    n,
    smallest,
    kind: of.power === undefined ? 'error' : 'power',
    bound: of.power ?? ALLOWED,
    trials: of.trials ?? TRIALS,
    draw: (random) => {
      const {candidate, stable = []} = of.draw(n, random);
      const evidence = {status: 'measured', measure: of.measure, candidate, stable} as const;
      const {maxErrorShare = 0, verdict = 'pass'} = of;
      return decideGate(spec, evidence, {maxErrorShare}).verdict === verdict;
    },
  }));
}
