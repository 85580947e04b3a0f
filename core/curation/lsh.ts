import {mix} from './words.ts';

/**
 * One key a band of a signature: two documents are candidates if they share the key of any band. Keys are 53-bit integers,
 * so that a number holds them. With Jaccard J they share one with probability 1 − (1 − J^rows)^bands (Leskovec et al.,
 * Mining of Massive Datasets, 3.4). Throws RangeError unless the signature has bands × rows places.
 */
export function bandKeys(signature: Uint32Array, bands: number, rows: number): Float64Array {
  if (signature.length !== bands * rows)
    throw new RangeError(`a signature of ${signature.length} places cannot make ${bands} bands of ${rows}`);
  const keys = new Float64Array(bands);
  for (let band = 0; band < bands; band++) {
    let low = band + 1;
    let high = ~band;
    for (let i = band * rows; i < (band + 1) * rows; i++) {
      low = mix(low ^ signature[i]!);
      high = mix(Math.imul(high, 31) ^ signature[i]!);
    }
    keys[band] = (high & 0x1fffff) * 2 ** 32 + low;
  }
  return keys;
}

/** The S-curve: how probable it is that two documents of this similarity become candidates. */
export function candidateProbability(jaccard: number, bands: number, rows: number): number {
  return 1 - (1 - jaccard ** rows) ** bands;
}
