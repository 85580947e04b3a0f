import type {GateSpec} from '../../../schemas/report.ts';
import type {ImpliedGate, Metric} from '../catalog/metric.ts';

type Catalog = ReadonlyMap<string, Pick<Metric, 'name' | 'implies'>>;

/**
 * The policy's gates and those that their metrics imply: a judge's figure counts only of a judge that prefers the same answer in
 * both orders, a safety figure only of a release that answers harmless requests. A gate of the policy on the same metric, whole
 * and absolute, takes an implied one's place.
 */
export function withImpliedGates(gates: readonly GateSpec[], catalog: Catalog): GateSpec[] {
  const behind = Map.groupBy(
    gates.flatMap((gate): Bringing[] => {
      const implies = catalog.get(gate.metric)?.implies;
      return implies === undefined ? [] : [{gate, implies}];
    }),
    ({implies}) => implies.metric,
  );
  return [...gates, ...[...behind].flatMap(([metric, bringing]) => implied(metric, bringing, gates))];
}

/** Whether the policy, or a gate that it implies, is on this metric. */
export function asks({name}: Pick<Metric, 'name'>, gates: readonly GateSpec[], catalog: Catalog): boolean {
  return withImpliedGates(gates, catalog).some(({metric}) => metric === name);
}

interface Bringing {
  readonly gate: GateSpec;
  readonly implies: ImpliedGate;
}

function implied(metric: string, bringing: readonly Bringing[], gates: readonly GateSpec[]): GateSpec[] {
  const own = gates.some(
    (gate) => gate.metric === metric && gate.test === 'at-least' && gate.slice === undefined,
  );
  if (own) return [];
  const [when, ...others] = new Set(bringing.map(({gate}) => gate.when));
  return [
    {
      metric,
      test: 'at-least',
      margin: 0,
      limit: bringing[0]!.implies.limit,
      required: bringing.some(({gate, implies}) => gate.required && implies.required),
      when: others.length > 0 ? 'always' : when!,
    },
  ];
}
