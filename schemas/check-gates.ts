import {oneOf, type Explained} from './explain-issue.ts';
import type {ProjectYaml} from './project.ts';
import type {GateSpec} from './report.ts';

type Written = ProjectYaml['gauntlet']['gates'];

/** What the gates of a project may name. */
export interface GateNames {
  /** Metric → how its figure is shown; a share lies between 0 and 1. */
  readonly metrics: ReadonlyMap<string, {readonly unit: string}>;
  readonly slices: readonly string[];
}

/** Each gate, as it is written, names what its test compares with, and nothing that its test does not read; `anchor` is `gauntlet.anchor`. */
export function checkGates(gates: Written, anchor: string | undefined): Explained[] {
  return gates.flatMap(({test, margin, limit, against}, i) => {
    if (test === 'at-least' || test === 'at-most') {
      return [
        ...(limit === undefined ? [problem(i, 'limit', `the limit of an ${test} gate`, limit)] : []),
        ...(margin === undefined
          ? []
          : [problem(i, 'margin', `none, as an ${test} gate compares with its limit`, margin)]),
        ...(against === undefined
          ? []
          : [problem(i, 'against', `none, as an ${test} gate compares with its limit`, against)]),
      ];
    }
    return [
      ...(test === 'non-inferiority' && margin === undefined
        ? [problem(i, 'margin', 'the loss that a non-inferiority gate still accepts', margin)]
        : []),
      ...(limit === undefined
        ? []
        : [problem(i, 'limit', `none, as a ${test} gate compares with stable by its margin`, limit)]),
      ...(against === 'anchor' && anchor === undefined
        ? [problem(i, 'against', 'stable, as gauntlet.anchor names no release', against)]
        : []),
    ];
  });
}

/** Each gate's metric and slice exist in this project, and what it compares a share with is one. */
export function checkGateNames(gates: readonly GateSpec[], {metrics, slices}: GateNames): Explained[] {
  return gates.flatMap(({metric, slice, margin, limit}, i) => {
    const problems: Explained[] = [];
    const known = metrics.get(metric);
    if (known === undefined) {
      const called = {one: 'a metric of this project', all: 'the metrics'};
      problems.push(problem(i, 'metric', oneOf(metric, [...metrics.keys()], called), metric));
    }
    if (slice !== undefined && !slices.includes(slice)) {
      const called = {one: 'a slice of this project', all: 'the slices'};
      problems.push(problem(i, 'slice', oneOf(slice, slices, called), slice));
    }
    if (known?.unit === 'share') {
      for (const [key, value] of [
        ['margin', margin],
        ['limit', limit],
      ] as const)
        if (value !== undefined && (value < 0 || value > 1))
          problems.push(problem(i, key, `a share from 0 to 1, as ${metric} is one`, value));
    }
    return problems;
  });
}

function problem(
  gate: number,
  key: keyof GateSpec,
  expected: string,
  got: string | number | undefined,
): Explained {
  const path = ['gauntlet', 'gates', gate, key];
  return {path, expected, got: got === undefined ? 'nothing' : JSON.stringify(got), atKey: false};
}
