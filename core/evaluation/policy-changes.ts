import type {ProjectConfig} from '../../schemas/project.ts';
import type {GateSpec} from '../../schemas/report.ts';

/** All gates and settings of a gauntlet; its digest stands in every report. */
export type Policy = ProjectConfig['gauntlet'];

/**
 * What changed from one gate policy to the next, a line each: gates that were added, removed or decide otherwise, then other
 * settings. A gate is the same one if metric, slice and occasion are. Without a former policy every gate is an added one.
 * @example policyChanges(before, after) // ['triage_balanced_accuracy (retrain): margin 0.02 → 0.05, required → advisory']
 */
export function policyChanges(before: Policy | null, after: Policy): string[] {
  const former = named(before?.gates ?? []);
  const present = named(after.gates);
  return [
    ...[...present].flatMap(([name, gate]) => {
      const was = former.get(name);
      if (was === undefined) return [`added ${name}: ${rule(gate)}`];
      const changes = parts(gate).flatMap((part, i) => change('', parts(was)[i], part));
      return changes.length === 0 ? [] : [`${name}: ${changes.join(', ')}`];
    }),
    ...[...former].flatMap(([name, gate]) => (present.has(name) ? [] : [`removed ${name}: ${rule(gate)}`])),
    ...(before === null ? [] : settings(before, after)),
  ];
}

/** By name; of several alike the second and later ones carry their number. */
function named(gates: readonly GateSpec[]): Map<string, GateSpec> {
  const all = new Map<string, GateSpec>();
  for (const gate of gates) {
    const slice = gate.slice === undefined ? '' : ` [${gate.slice}]`;
    const against = gate.against === 'anchor' ? ' against the anchor' : '';
    const name = `${gate.metric}${slice}${against}${gate.when === 'always' ? '' : ` (${gate.when})`}`;
    let n = 1;
    while (all.has(numbered(name, n))) n += 1;
    all.set(numbered(name, n), gate);
  }
  return all;
}

function numbered(name: string, n: number): string {
  return n === 1 ? name : `${name} #${n}`;
}

/** What decides: test, margin, limit, and whether it holds a release back. */
function parts({test, margin, limit, required}: GateSpec): string[] {
  return [
    test,
    `margin ${margin}`,
    limit === undefined ? 'no limit' : `limit ${limit}`,
    required ? 'required' : 'advisory',
  ];
}

function rule(gate: GateSpec): string {
  const [test, margin, limit, required] = parts(gate);
  return [test, gate.margin === 0 ? null : margin, gate.limit === undefined ? null : limit, required]
    .filter((part) => part !== null)
    .join(', ');
}

function settings(before: Policy, after: Policy): string[] {
  const {gates: _before, ...was} = before;
  const {gates: _after, ...is} = after;
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort() as (keyof typeof is)[];
  return names.flatMap((name) => change(`${name}: `, text(was[name]), text(is[name])));
}

function change(name: string, was: string | undefined, is: string | undefined): string[] {
  return was === is ? [] : [`${name}${was} → ${is}`];
}

function text(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
