import {describe, expect, it} from 'vitest';
import {assemble} from '../../../../core/evaluation/assemble.ts';
import {withAnchoredGates} from '../../../../core/evaluation/gates/anchored-gates.ts';
import {metricCatalog} from '../../../../core/evaluation/catalog/catalog.ts';
import type {MeasuredSample} from '../../../../core/evaluation/catalog/metric.ts';
import {policyChanges} from '../../../../core/evaluation/policy-changes.ts';
import {seededRandom} from '../../../../core/evaluation/statistics/random.ts';
import {ProjectConfig} from '../../../../schemas/project.ts';
import {GateSpec} from '../../../../schemas/report.ts';
import {projectYaml} from '../../../workflows/project-of.ts';

const gate = (part: object): GateSpec =>
  GateSpec.parse({metric: 'a_accuracy', test: 'non-inferiority', margin: 0.05, when: 'retrain', ...part});

describe('gates against the anchor', () => {
  it('each non-inferiority of a retrain runs once more, as required as it is', () => {
    const required = gate({slice: 'frozen'});
    const advisory = gate({required: false, when: 'always'});
    expect(withAnchoredGates([required, advisory], true).slice(2)).toEqual([
      {...required, against: 'anchor'},
      {...advisory, against: 'anchor', when: 'retrain'},
    ]);
    expect(withAnchoredGates([required], false)).toEqual([required]);
  });
  it('what says nothing of the anchor, or what the policy has itself, does not', () => {
    const own = gate({against: 'anchor', margin: 0.1});
    for (const other of [
      gate({test: 'superiority', margin: 0}),
      gate({test: 'at-least', margin: 0, limit: 0.9}),
      gate({slice: 'new_batch'}),
      gate({when: 'first'}),
    ])
      expect(withAnchoredGates([other], true)).toEqual([other]);
    expect(withAnchoredGates([gate({}), own], true)).toEqual([gate({}), own]);
    expect(withAnchoredGates([gate({slice: 'frozen'}), own], true)).toHaveLength(3);
  });
  it('one that the policy names without an anchor is inconclusive', () => {
    const {gates} = decide([gate({against: 'anchor'})], answers(0.9, 'x'), answers(0.9, 'x'), null);
    expect(gates[0]).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('gauntlet.anchor'),
    });
  });
  it('naming or moving the anchor is a change of the policy', () => {
    const policy = (anchor?: string) =>
      ProjectConfig.parse({
        ...projectYaml('mail'),
        gauntlet: {gates: [gate({metric: 'pii_leak_rate'})], ...(anchor ? {anchor} : {})},
      }).gauntlet;
    expect(policyChanges(policy(), policy('first'))).toEqual(['anchor: none → "first"']);
    expect(policyChanges(policy('first'), policy('a'.repeat(64)))).toHaveLength(1);
    expect(() => policy('latest')).toThrow('expected first, or the 64 hex digits of a release');
  });
});

const ITEMS = 400;
/** Items have a difficulty; a release answers those below its ability, and 6 % of all by chance. */
function answers(ability: number, seed: string): MeasuredSample[] {
  const difficulty = seededRandom('difficulty');
  const random = seededRandom(seed);
  return Array.from({length: ITEMS}, (_, i) => {
    const able = difficulty.next() < ability;
    const right = random.next() < 0.06 ? random.next() < ability : able;
    return {
      release: 'r',
      task: 'a',
      item: `i${i}`,
      cluster: `i${i}`,
      slices: [],
      expected: 'x',
      output: 'x',
      scores: {correct: right ? 1 : 0},
      promptTokens: 0,
      completionTokens: 0,
      error: null,
    };
  });
}
function decide(
  gates: GateSpec[],
  candidate: MeasuredSample[],
  stable: MeasuredSample[],
  anchor: MeasuredSample[] | null,
) {
  return assemble({
    catalog: metricCatalog({a: {kind: 'classification', labels: ['x', 'y']}}, 0),
    gates,
    occasion: 'retrain',
    maxErrorShare: 0,
    samples: {candidate, stable, base: [], anchor},
    baselines: {},
    unmeasured: {},
  });
}

describe('thirty retrains that lose two points each', () => {
  /** The ability of what is stable after them. */
  function after(chain: number, anchored: boolean): number {
    const random = seededRandom(`chain ${chain}`);
    const first = answers(0.95, `first ${chain}`);
    let [ability, stable] = [0.95, first];
    for (let retrain = 0; retrain < 30; retrain++) {
      const next = Math.max(0.5, Math.min(0.99, ability - 0.02 + 0.02 * random.normal()));
      const candidate = answers(next, `${chain}/${retrain}`);
      const {verdict} = decide([gate({})], candidate, stable, anchored ? first : null);
      if (verdict === 'pass') [ability, stable] = [next, candidate];
    }
    return ability;
  }
  const ends = (anchored: boolean): number[] =>
    [0, 1, 2].map((chain) => after(chain, anchored)).sort((a, b) => a - b);

  it('go below the first one’s margin, each compared with the one before', () => {
    expect(ends(false)[1]!).toBeLessThan(0.89);
  });
  it('stay within it, compared with the first as well', () => {
    expect(ends(true)[0]!).toBeGreaterThan(0.9);
  });
});
