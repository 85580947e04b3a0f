import {beforeAll, describe, expect, test} from 'vitest';
import type {Embedder} from '../../../../serving/clients/embedder/embedder.ts';

/** What every embedder must do: one suite over all of them. */
export function embedderConformance(name: string, make: () => Promise<Embedder>): void {
  describe(`embedder ${name}`, () => {
    let embedder: Embedder;
    beforeAll(async () => {
      embedder = await make();
    });

    test('one vector of its length a text, in their order', async () => {
      const texts = Array.from({length: 150}, (_, n) => `text number ${n}`);
      const vectors = await embedder.embed(texts);
      expect(vectors).toHaveLength(150);
      for (const vector of vectors) {
        expect(vector).toBeInstanceOf(Float32Array);
        expect(vector).toHaveLength(embedder.dims);
        expect(vector.every(Number.isFinite)).toBe(true);
      }
      for (const n of [0, 63, 64, 149]) expect((await embedder.embed([texts[n]!]))[0]).toEqual(vectors[n]);
    });

    test('no texts, no vectors', async () => {
      expect(await embedder.embed([])).toEqual([]);
    });

    test('an empty text has the zero vector, wherever it stands', async () => {
      const [, empty, second] = await embedder.embed(['first', '', 'second']);
      expect(empty).toEqual(new Float32Array(embedder.dims));
      expect(second).toEqual((await embedder.embed(['second']))[0]);
    });

    test('likeness of meaning is nearness', async () => {
      const [query, near, far] = await embedder.embed([
        'You have won a lottery prize, claim your money now',
        'Congratulations, winner! Collect your cash reward today',
        'The kernel module fails to compile with this version of gcc',
      ]);
      expect(cosine(query!, near!)).toBeGreaterThan(cosine(query!, far!) + 0.1);
    });

    test('lone surrogates, null bytes and very long texts are texts too', async () => {
      const vectors = await embedder.embed(['\ud800 lone', 'null \0 byte', 'long '.repeat(20_000)]);
      for (const vector of vectors) expect(vector.every(Number.isFinite)).toBe(true);
    });
  });
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
