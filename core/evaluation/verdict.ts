/** What gates come to together. Imports nothing: workflow code may use it. */
import type {Verdict} from '../../schemas/names.ts';
import type {GateSpec} from '../../schemas/report.ts';

/** What a gate is asked in: in a first run nothing was judged that stable could be, in a retrain stable was. */
export type Occasion = 'first' | 'retrain';

/** The gates of this occasion, in the order of the policy. */
export function applicableGates(gates: readonly GateSpec[], occasion: Occasion): GateSpec[] {
  return gates.filter((gate) => gate.when === 'always' || gate.when === occasion);
}

type Judged = {readonly verdict: Verdict; readonly spec: {readonly required: boolean}};

/** The required gates that did not pass: what holds a release back. */
export function openGates<G extends Judged>(gates: readonly G[]): G[] {
  return gates.filter(({spec, verdict}) => spec.required && verdict !== 'pass');
}

/**
 * The worst of the required gates: fail, else inconclusive, else pass. Advisory gates never decide. Without a single
 * required gate nothing was asked that had to hold: inconclusive, never pass.
 */
export function overallVerdict(gates: readonly Judged[]): Verdict {
  const open = openGates(gates);
  if (open.some(({verdict}) => verdict === 'fail')) return 'fail';
  return open.length === 0 && gates.some(({spec}) => spec.required) ? 'pass' : 'inconclusive';
}
