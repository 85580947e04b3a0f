import {askFor, logProbability, prefill, step} from './forward.ts';
import type {NativeModel, NativeSequence, NextToken} from './native.ts';
import type {Prompt} from './text.ts';

export interface ScoredChoice {
  readonly text: string;
  readonly tokens: readonly number[];
  /** Natural log-probability of each token given the prompt and the tokens before it. */
  readonly logprobs: readonly number[];
  /** Their sum; plus that of ending here, where another choice goes on from this one. */
  readonly total: number;
}

/**
 * A choice's tokens as they follow a prompt. Where tokenisers of SentencePiece put a space in front of a text, a choice on
 * its own would get one that it has not behind the prompt; where prompt and choice would merge into one token, its own
 * tokens are taken, so that the prompt's don't depend on it.
 */
export function choiceTokens(model: NativeModel, prompt: string, choice: string): number[] {
  const own = model.tokenize(choice, false);
  // A control token's name in a choice is text.
  if (String(model.tokenize(choice, true)) !== String(own)) return own;
  // A seam depends on the prompt's end alone.
  const end = prompt.slice(-SEAM);
  const before = model.tokenize(end, true);
  const whole = model.tokenize(end + choice, true);
  return whole.length > before.length && startsWith(whole, before) ? whole.slice(before.length) : own;
}

/** Characters of the prompt that a choice is tokenised behind. */
const SEAM = 64;

function startsWith(tokens: readonly number[], prefix: readonly number[]): boolean {
  return prefix.every((token, i) => tokens[i] === token);
}

/**
 * Log-probability of every choice after the prompt. One forward pass where each choice is one token; where they are
 * longer, one more for each prefix that several tokens may follow, on the prompt's kept state: choices are visited in the
 * order of their tokens, so the order in which they are listed changes nothing.
 * Where one choice is the beginning of another, ending there (any end-of-generation token) counts as its last token.
 */
export async function scoreChoices(
  model: NativeModel,
  sequence: NativeSequence,
  {text: promptText, tokens: prompt}: Pick<Prompt, 'text' | 'tokens'>,
  choices: readonly string[],
  endTokens: readonly number[],
): Promise<ScoredChoice[]> {
  const tokens = choices.map((choice) => choiceTokens(model, promptText, choice));
  /** Prefix (joined by commas) → log-probabilities of what may follow it. */
  const known = new Map<string, Map<number, number>>();

  async function visit(prefix: readonly number[], ask: (wanted: readonly number[]) => Promise<NextToken>) {
    const longer = tokens.filter((t) => t.length > prefix.length && startsWith(t, prefix));
    if (longer.length === 0) return;
    const following = [...new Set(longer.map((t) => t[prefix.length]!))].sort((a, b) => a - b);
    const endsHere = tokens.some((t) => t.length === prefix.length && startsWith(t, prefix));
    const wanted = endsHere ? [...following, ...endTokens] : following;
    const next = await ask(wanted);
    known.set(prefix.join(), new Map(wanted.map((token) => [token, logProbability(next, token)])));
    for (const token of following) {
      const path = [...prefix, token];
      await visit(path, async (more) => {
        const start = prompt.length + prefix.length;
        if (sequence.nextTokenIndex > start)
          await sequence.eraseContextTokenRanges([{start, end: sequence.nextTokenIndex}]);
        return step(sequence, token, askFor(more));
      });
    }
  }
  await visit([], async (wanted) => (await prefill(sequence, prompt, null, askFor(wanted))).next!);

  return choices.map((text, i) => {
    const own = tokens[i]!;
    const logprobs = own.map((token, at) => known.get(own.slice(0, at).join())!.get(token)!);
    const after = known.get(own.join());
    const ending =
      after === undefined ? 0 : Math.log(endTokens.reduce((sum, t) => sum + Math.exp(after.get(t)!), 0));
    return {text, tokens: own, logprobs, total: logprobs.reduce((a, b) => a + b, ending)};
  });
}
