import type {Estimate} from '../../../schemas/artifact.ts';
import type {GateResult, GateSpec} from '../../../schemas/report.ts';
import type {Bounds} from '../statistics/bounds.ts';
import {effectOf, type Limit} from '../statistics/power.ts';
import {countFailed, failureNote} from './count-failed.ts';
import {figure, quantity} from './figure.ts';
import {
  isScored,
  type Difference,
  type Line,
  type Measure,
  type Observation,
  type Scored,
} from './measure.ts';

/** With fewer clusters than this nothing can be shown at the 5 % level: the best of four comes by chance in one of 16. */
export const LEAST_CLUSTERS = 5;

/** What is known about a gate's metric when it is decided. */
export type Evidence =
  | {
      readonly status: 'measured';
      readonly measure: Measure;
      readonly candidate: readonly Observation[];
      readonly stable: readonly Observation[];
    }
  | {readonly status: 'not-measured'; readonly reason: string};

export interface DecideOptions {
  /** Share of items that may have failed to be scored before the gate is inconclusive, 0 … 1. */
  readonly maxErrorShare: number;
  /** Of the metric's figures, as the reason names it: `ms`; '' by default. */
  readonly unit?: string;
}

/**
 * A gate's verdict, a pure function of the samples; every decision is by a one-sided 95 % bound.
 *
 * | test | pass | fail |
 * |---|---|---|
 * | non-inferiority | lower bound of the difference > −margin | upper bound < −margin: shown to be worse |
 * | superiority | lower bound > margin | upper bound < margin: shown not to gain so much |
 * | at-least | lower bound of the candidate ≥ limit | upper bound < limit |
 * | at-most | upper bound of the candidate ≤ limit | lower bound > limit |
 *
 * Anything else is inconclusive: too few items or clusters, too many errors, not measured. So a fail is as sure as a pass.
 * Errors that are few enough count against the candidate (`countFailed`). A release against itself differs by exactly 0, so it
 * is never better; non-inferior it is where the items suffice for the margin.
 */
export function decideGate(spec: GateSpec, evidence: Evidence, options: DecideOptions): GateResult {
  const undecided = (reason: string, known: Partial<GateResult> = {}): GateResult => ({
    spec,
    verdict: 'inconclusive',
    reason,
    candidate: null,
    stable: null,
    difference: null,
    bound: null,
    minimumDetectable: null,
    ...known,
  });
  if (evidence.status === 'not-measured') return undecided(`not measured: ${evidence.reason}`);

  const {measure} = evidence;
  const say: Say = (value) => quantity(value, options.unit ?? '');
  const {test} = spec;
  const paired = test === 'non-inferiority' || test === 'superiority';
  const scored = {
    candidate: evidence.candidate.filter(isScored),
    stable: evidence.stable.filter(isScored),
  };
  const stable = estimateOf(measure, scored.stable);
  const asked = new Set([
    ...evidence.candidate.map((o) => o.item),
    ...(paired ? evidence.stable.map((o) => o.item) : []),
  ]).size;
  const where = spec.slice === undefined ? '' : ` in slice ${spec.slice}`;
  if (asked === 0) return undecided(`not measured: no item${where}`);

  const both = new Set(scored.stable.map(({item}) => item));
  const usable = scored.candidate.filter(({item}) => !paired || both.has(item)).length;
  const errors = asked - usable;
  const unscored = `${errors} of ${asked} items could not be scored`;
  const answered = (): Figures => ({candidate: estimateOf(measure, scored.candidate), stable});
  if (errors / asked > options.maxErrorShare)
    return undecided(`${unscored}, at most ${figure(100 * options.maxErrorShare)} % may fail`, answered());
  if (usable === 0) return undecided(`no item${where} could be scored`, answered());

  const all = countFailed(measure, test, evidence.candidate, evidence.stable);
  if (all === null) return undecided(`${unscored}, and there is no worst that they may count as`, answered());
  const {alone, pairs} = all;
  const figures = {candidate: estimateOf(measure, alone), stable};

  const lack = measure.lack?.(paired ? pairs : alone) ?? null;
  if (lack !== null) return undecided(`${lack}${where}`, figures);
  const objection = paired ? (measure.objection?.(pairs) ?? null) : null;
  if (objection !== null) return undecided(objection, figures);
  if (!paired && spec.limit === undefined) return undecided(`${test} needs a limit`, figures);

  const line: Line = paired ? {test, margin: spec.margin} : {test, limit: spec.limit!};
  const clusters = new Set((paired ? pairs : alone).map(({cluster}) => cluster)).size;
  const basis: Basis = {
    clusters,
    smallest: smallestOf(measure, line),
    method: paired ? measure.method.paired : measure.method.single,
  };
  if (clusters < Math.min(LEAST_CLUSTERS, basis.smallest ?? LEAST_CLUSTERS)) {
    const items = `${(paired ? pairs : alone).length} ${paired ? 'paired ' : ''}item${usable === 1 ? '' : 's'} in ${counted(clusters)}`;
    return undecided(`${items}, at least ${LEAST_CLUSTERS} are needed`, {...figures, basis});
  }
  if (paired && -spec.margin <= measure.reach[0]) {
    const most = say(measure.reach[1]);
    return undecided(
      `a margin of ${say(spec.margin)} leaves nothing to show: an item counts for ${most} at most`,
      {
        ...figures,
        basis,
      },
    );
  }
  const decided =
    'limit' in line
      ? decideAlone(spec, line, measure, alone, figures, say)
      : decidePaired(spec, measure, measure.difference(pairs), clusters, figures, say);
  return {...decided, reason: decided.reason + tooFew(decided, basis) + failureNote(all, test), basis};
}

type Figures = Pick<GateResult, 'candidate' | 'stable'>;
type Basis = NonNullable<GateResult['basis']>;
/** A figure in words, with its unit. */
type Say = (value: number) => string;

function smallestOf(measure: Measure, line: Line): number | null {
  const smallest = measure.smallest(line);
  // Where the line is the end of the scale there is nothing to show.
  if (smallest <= 1) return 1;
  return Number.isFinite(smallest) ? Math.max(LEAST_CLUSTERS, smallest) : null;
}

function tooFew({verdict}: GateResult, {clusters, smallest}: Basis): string {
  if (verdict !== 'inconclusive') return '';
  if (smallest === null) return '; no number of items can show this';
  return clusters < smallest ? `; ${counted(clusters)}, at least ${smallest} are needed` : '';
}

function counted(clusters: number): string {
  return `${clusters} cluster${clusters === 1 ? '' : 's'}`;
}

function decidePaired(
  spec: GateSpec,
  {reach}: Measure,
  difference: Difference,
  clusters: number,
  figures: Figures,
  say: Say,
): GateResult {
  const line = spec.test === 'non-inferiority' ? -spec.margin : spec.margin;
  const {value, lower, upper, n, standardError} = difference;
  const known = Number.isFinite(lower) && Number.isFinite(upper);
  const verdict = !known ? 'inconclusive' : lower > line ? 'pass' : upper < line ? 'fail' : 'inconclusive';
  const bound = !known ? null : verdict === 'fail' ? upper : lower;
  const effect = known ? effectOf(value - lower, standardError) : NaN;
  const minimumDetectable = Number.isFinite(effect) && line + effect <= reach[1] ? effect : null;
  const items = `${n} paired items in ${counted(clusters)}`;
  const reason = !known
    ? `difference ${say(value)}, its error unknown: ${items} are too few for a 95 % bound`
    : verdict === 'fail'
      ? `difference ${say(value)}, upper 95 % bound ${say(upper)} < ${say(line)} (${items})`
      : `difference ${say(value)}, lower 95 % bound ${say(lower)} ${verdict === 'pass' ? '>' : '≤'} ${say(line)} (${items})`;
  return {spec, verdict, reason, ...figures, difference: asEstimate(difference), bound, minimumDetectable};
}

function decideAlone(
  spec: GateSpec,
  {test, limit}: Limit,
  measure: Measure,
  items: readonly Scored[],
  figures: Figures,
  say: Say,
): GateResult {
  const {value, lower, upper, n} = measure.single(items);
  const atLeast = test === 'at-least';
  const passes = atLeast ? lower >= limit : upper <= limit;
  const fails = atLeast ? upper < limit : lower > limit;
  const verdict = passes ? 'pass' : fails ? 'fail' : 'inconclusive';
  const useUpper = atLeast === fails;
  const bound = useUpper ? upper : lower;
  const known = Number.isFinite(bound);
  const sign = atLeast ? (passes ? '≥' : '<') : passes ? '≤' : '>';
  const reason = known
    ? `${say(value)}, ${useUpper ? 'upper' : 'lower'} 95 % bound ${say(bound)} ${sign} ${say(limit)} (n = ${n})`
    : `${say(value)}: ${n} items are too few for a 95 % bound`;
  return {
    spec,
    verdict,
    reason,
    ...figures,
    difference: null,
    bound: known ? bound : null,
    minimumDetectable: measure.detectable(items, {test, limit}),
  };
}

/** The figure of one release; null without the items that it needs or where its interval cannot be known. */
export function estimateOf(measure: Measure, observations: readonly Observation[]): Estimate | null {
  const scored = observations.filter(isScored);
  return scored.length === 0 || (measure.lack?.(scored) ?? null) !== null
    ? null
    : asEstimate(measure.single(scored));
}

function asEstimate({value, low, high, n}: Bounds): Estimate | null {
  return [value, low, high].every(Number.isFinite) ? {value, low, high, n} : null;
}
