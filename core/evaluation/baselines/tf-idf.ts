/** A document as [word's index, weight], ascending, of unit length. */
export type SparseVector = readonly (readonly [index: number, weight: number])[];

export interface TfIdf {
  readonly words: number;
  vector(text: string): SparseVector;
}

/**
 * Unigrams with (1 + ln tf) · (1 + ln((1 + n) / (1 + df))), scaled to unit length (scikit-learn's TfidfVectorizer with
 * sublinear_tf). Words are lower-case runs of two or more letters or digits, in at least `minDocuments` documents.
 */
export function tfIdf(documents: readonly string[], minDocuments = 2): TfIdf {
  const frequency = new Map<string, number>();
  for (const document of documents) {
    for (const word of new Set(wordsOf(document))) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  }
  const kept = [...frequency].filter(([, df]) => df >= minDocuments).sort(([a], [b]) => (a < b ? -1 : 1));
  const index = new Map(kept.map(([word], i) => [word, i]));
  const idf = kept.map(([, df]) => 1 + Math.log((1 + documents.length) / (1 + df)));
  return {
    words: kept.length,
    vector(text) {
      const counts = new Map<number, number>();
      for (const word of wordsOf(text)) {
        const i = index.get(word);
        if (i !== undefined) counts.set(i, (counts.get(i) ?? 0) + 1);
      }
      const weights = [...counts].map(([i, tf]): [number, number] => [i, (1 + Math.log(tf)) * idf[i]!]);
      const length = Math.sqrt(weights.reduce((sum, [, weight]) => sum + weight * weight, 0));
      return weights.map(([i, weight]): [number, number] => [i, weight / length]).sort(([a], [b]) => a - b);
    },
  };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [];
}
