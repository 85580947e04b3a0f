import {describe, expect, it} from 'vitest';
import {blockPermutation} from '../../../core/drift/blocks.ts';
import {energyDistance} from '../../../core/drift/energy.ts';
import {pageHinkley} from '../../../core/drift/page-hinkley.ts';
import {seededRandom} from '../../../core/evaluation/statistics/random.ts';

const at = (...angles: number[]): Float32Array[] =>
  angles.map((angle) => Float32Array.of(Math.cos(angle), Math.sin(angle)));

describe('energyDistance', () => {
  it('is what the definition says, on vectors one can count by hand', () => {
    // X at angle 0 twice, Y at angle π twice: E|X−Y| = 2, E|X−X′| = E|Y−Y′| = 0, so H = 1.
    expect(energyDistance(at(0, 0), at(Math.PI, Math.PI)).effect).toBeCloseTo(1, 6);
    // X = {0, π}, Y = {π/2, 3π/2}: E|X−Y| = √2, E|X−X′| = E|Y−Y′| = 2, so the estimate is below 0 and counts as 0.
    expect(energyDistance(at(0, Math.PI), at(Math.PI / 2, (3 * Math.PI) / 2)).effect).toBe(0);
  });

  it('does not depend on the length of the vectors, only on where they point', () => {
    const [a, b] = [at(0, 0.1, 0.2, 0.3), at(1, 1.1, 1.2, 1.3)];
    const longer = b.map((vector) => vector.map((x) => 5 * x));
    const [one, two] = [a, a].map((_, i) => energyDistance(a, i ? longer : b));
    expect(one!.effect).toBeCloseTo(two!.effect, 6);
  });

  it('has a p that is uniform when nothing changed', () => {
    const random = seededRandom('uniform');
    const draw = () => Array.from({length: 20}, () => Float32Array.from({length: 8}, () => random.normal()));
    const p = (): number => {
      const {energy, of} = energyDistance(draw(), draw());
      const blocks = Array.from({length: 40}, (_, i) => [i]);
      return blockPermutation({blocks, observed: energy, distance: of, permutations: 99, random});
    };
    const small = Array.from({length: 200}, p).filter((p) => p <= 0.1);
    expect(small.length).toBeGreaterThan(6);
    expect(small.length).toBeLessThan(36);
  });

  it('gives the energy of any other division, in whatever order its places stand', () => {
    const {energy, of} = energyDistance(at(0, 0.2, 0.4), at(2, 2.2));
    expect(of([2, 0, 1, 4, 3])).toBeCloseTo(energy, 9);
    expect(of([3, 0, 4, 1, 2])).toBeCloseTo(energyDistance(at(2, 0, 2.2), at(0.2, 0.4)).energy, 9);
  });

  it('keeps empty texts, which have no direction', () => {
    const zero = new Float32Array(2);
    expect(energyDistance([zero, zero], at(0, 0)).effect).toBeCloseTo(1, 6);
    expect(() => energyDistance([zero], at(0, 0))).toThrow('two vectors');
  });
});

describe('pageHinkley', () => {
  it('signals where the accumulated shortfall exceeds the limit', () => {
    const scores = [...new Array<number>(100).fill(1), ...new Array<number>(20).fill(0)];
    expect(pageHinkley(scores, {expected: 0.9, tolerance: 0.1, limit: 8})).toBe(110);
    // Beyond the limit, not at it.
    expect(pageHinkley([0, 0, 0, 0], {expected: 1, tolerance: 0, limit: 2})).toBe(2);
    expect(pageHinkley(scores.slice(0, 105), {expected: 0.9, tolerance: 0.1})).toBeNull();
  });
});
