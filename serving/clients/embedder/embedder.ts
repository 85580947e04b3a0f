/** Texts to vectors. The name tells vectors of different embedders apart: distances mean something only within one. */
export interface Embedder {
  /** `wordllama/l2_supercat_256`, `openai/text-embedding-3-small`, … */
  readonly name: string;
  /** Length of every vector. */
  readonly dims: number;
  /**
   * One vector a text, in their order, not normalised unless the model does so. A text's vector does not depend on the others.
   * An empty text has the zero vector. Errors: AccessDenied, Unavailable (retried within bounds), InvalidInput.
   */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
}
