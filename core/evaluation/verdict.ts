/** What gates come to together. Imports nothing: workflow code may use it. */
import type {Verdict} from '../../schemas/names.ts';
import type {GateSpec} from '../../schemas/report.ts';

/** What a gate is asked in: a first run has the bare base as stable, a retrain a release with an adapter. */
export type Occasion = 'first' | 'retrain';

export function occasionOf(stable: {readonly adapter: unknown}): Occasion {
  return stable.adapter === null ? 'first' : 'retrain';
}

/** The gates of this occasion, in the order of the policy. */
export function applicableGates(gates: readonly GateSpec[], occasion: Occasion): GateSpec[] {
  return gates.filter((gate) => gate.when === 'always' || gate.when === occasion);
}

/**
 * The worst of the required gates: fail, else inconclusive, else pass. Advisory gates never decide. Without a single
 * required gate nothing was asked that had to hold: inconclusive, never pass.
 */
export function overallVerdict(
  gates: readonly {readonly verdict: Verdict; readonly spec: {readonly required: boolean}}[],
): Verdict {
  const required = gates.filter((gate) => gate.spec.required);
  if (required.some((gate) => gate.verdict === 'fail')) return 'fail';
  if (required.length === 0 || required.some((gate) => gate.verdict === 'inconclusive'))
    return 'inconclusive';
  return 'pass';
}
