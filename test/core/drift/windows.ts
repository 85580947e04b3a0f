import {seededRandom} from '../../../core/evaluation/statistics/random.ts';
import type {Random} from '../../../core/evaluation/statistics/random.ts';
import type {DriftSettings, Observation} from '../../../core/drift/observation.ts';

/** The defaults of `monitor` in ratchet.yaml. */
export const SETTINGS: DriftSettings = {
  window: 200,
  psi: 0.1,
  jensen_shannon: 0.1,
  wasserstein: 0.1,
  embedding: 0.05,
  accuracy_drop: 0.05,
  alpha: 0.01,
  permutations: 499,
};

export interface World {
  /** Mean of the logarithm of the length. */
  readonly length?: number;
  readonly foreign?: number;
  /** How far the embeddings' mean is moved. */
  readonly shift?: number;
  readonly spam?: number;
  readonly right?: number;
  /** Share of answers that users judge; 0 = they only complain. */
  readonly judged?: number;
}

/** n answers drawn from a world: log-normal lengths, two languages, 16-dimensional embeddings, labels with feedback. */
export function draw(n: number, world: World, random: Random): Observation[] {
  const {length = 6, foreign = 0.02, shift = 0, spam = 0.2, right = 0.93, judged = 1} = world;
  return Array.from({length: n}, () => {
    const correct = random.next() < right;
    const says = judged > 0 ? random.next() < judged : !correct;
    return {
      chars: Math.round(Math.exp(length + 0.8 * random.normal())),
      language: random.next() < foreign ? 'de' : 'en',
      vector: Float32Array.from({length: 16}, (_, i) => random.normal() + (i === 0 ? 1 + shift : 0)),
      novelty: null,
      fresh: true,
      task: 'triage',
      label: random.next() < spam ? 'spam' : 'ham',
      right: says ? correct : null,
      ifSilent: true,
    };
  });
}

export {seededRandom};
