import type {GateSpec} from '../../../schemas/report.ts';

/**
 * The gates, and each non-inferiority gate of retrains once more against the anchor: a loss below the margin passes against
 * the release before, and thirty of them lose everything. One that the policy itself has against the anchor, on the same
 * metric and slice, takes its place. The slice `new_batch` is what stable's dataset lacked, and says nothing of the anchor.
 */
export function withAnchoredGates(gates: readonly GateSpec[], anchored: boolean): GateSpec[] {
  if (!anchored) return [...gates];
  const own = new Set(gates.filter(({against}) => against === 'anchor').map(name));
  const more = gates
    .filter(
      (gate) =>
        gate.test === 'non-inferiority' &&
        gate.against !== 'anchor' &&
        gate.when !== 'first' &&
        gate.slice !== 'new_batch' &&
        !own.has(name(gate)),
    )
    .map((gate): GateSpec => ({...gate, against: 'anchor', when: 'retrain'}));
  return [...gates, ...more];
}

function name({metric, slice}: GateSpec): string {
  return `${metric} ${slice ?? ''}`;
}
