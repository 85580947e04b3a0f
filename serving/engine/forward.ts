import type {EvaluateItem, GenerateNext, NativeSequence, NextToken} from './native.ts';

/** Log-probability (natural) of `token` under the model's own distribution: no temperature, no truncation. */
export function logProbability(next: NextToken, token: number): number {
  const logit = next.logits?.get(token);
  if (logit === undefined || next.totalLogitWeight === undefined)
    throw new Error(`no logit for token ${token}: it was not asked for`);
  let largest = -Infinity;
  for (const value of next.logits!.values()) if (value > largest) largest = value;
  return logit - largest - Math.log(next.totalLogitWeight);
}

/**
 * What to ask for so that {@link logProbability} works for `tokens`. The greedy choice, which is the largest logit, always
 * comes along; nothing is sorted, so a position costs little more than its matrix product.
 */
export function askFor(tokens: readonly number[], top = 0): GenerateNext {
  return {
    token: true,
    totalLogitWeight: true,
    logits: {filter: {tokens, includeSelected: true, ...(top > 1 ? {includeTop: top} : {})}},
  };
}

export interface Prefilled {
  /** One for each prompt token; null before `from` and for the first token, which nothing predicts. */
  readonly logprobs: (number | null)[];
  /** Distribution after the last token, as asked for. */
  readonly next: NextToken | null;
}

/**
 * Evaluates a prompt from an empty history in one pass. `from` is the first token whose log-probability is wanted, null
 * for none. With `last` null the final token is not evaluated, since nothing is wanted after it.
 */
export async function prefill(
  sequence: NativeSequence,
  tokens: readonly number[],
  from: number | null,
  last: GenerateNext | null,
): Promise<Prefilled> {
  const logprobs: (number | null)[] = tokens.map(() => null);
  const count = last === null ? tokens.length - 1 : tokens.length;
  if (count < 1 || (last === null && from === null)) return {logprobs, next: null};
  const items: EvaluateItem[] = tokens.slice(0, count).map((token, i) => {
    if (i === tokens.length - 1) return [token, {generateNext: last!}];
    return from !== null && i + 1 >= from ? [token, {generateNext: askFor([tokens[i + 1]!])}] : token;
  });
  const outputs = await sequence.controlledEvaluate(items);
  if (from !== null)
    for (let i = Math.max(1, from); i < tokens.length; i++)
      logprobs[i] = logProbability(outputs[i - 1]!.next, tokens[i]!);
  return {logprobs, next: last === null ? null : outputs[tokens.length - 1]!.next};
}

/** Evaluates one more token and returns the distribution after it. */
export async function step(sequence: NativeSequence, token: number, ask: GenerateNext): Promise<NextToken> {
  const outputs = await sequence.controlledEvaluate([[token, {generateNext: ask}]]);
  return outputs[0]!.next;
}
