import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import type {EchoedLogprobs} from './wire.ts';

/** −ln p and number of the completion's tokens within the echoed log-probabilities of prompt + completion. */
export interface CompletionSpan {
  readonly nll: number;
  readonly tokens: number;
}

/**
 * Finds the completion's tokens: those that end after the prompt and start before the text's end, so a token across the
 * seam counts as completion and tokens generated behind it do not. Offsets are code points; where the server counted a
 * BOS token's text too, they are shifted back by it. Throws Unavailable where the tokens don't spell the completion or a
 * log-probability is missing: the server cannot be used for scoring.
 */
export function completionSpan(logprobs: EchoedLogprobs, prompt: string, completion: string): CompletionSpan {
  const {tokens, token_logprobs: values, text_offset: offsets} = logprobs;
  const start = [...prompt].length;
  const end = start + [...completion].length;
  const shift = bosShift(logprobs, prompt + completion);
  let nll = 0;
  let count = 0;
  let first = -1;
  for (let i = 0; i < tokens.length; i++) {
    const from = offsets[i]! - shift;
    const to = i + 1 < tokens.length ? offsets[i + 1]! - shift : from + [...tokens[i]!].length;
    // A token of no width is a byte of a character that another token completes: it belongs where that one does.
    if (from >= end || (to <= start && from < start)) continue;
    const value = values[i];
    if (value === null || value === undefined)
      throw unfit(`no log-probability for token ${i} ("${tokens[i]}")`);
    if (first < 0) first = i;
    nll -= value;
    count++;
  }
  if (count === 0) throw unfit('no token lies in the completion');
  const opening = tokens[first]!;
  const text = prompt + completion;
  const at = [...text].slice(offsets[first]! - shift).join('');
  if (!opening.includes('\ufffd') && !at.startsWith(opening) && opening !== '') {
    throw unfit(`the token at the prompt's end is "${opening}", the text goes on with "${at.slice(0, 12)}"`);
  }
  return {nll, tokens: count};
}

/** Code points of a leading special token that the text itself does not hold. */
function bosShift({tokens, text_offset: offsets}: EchoedLogprobs, text: string): number {
  const first = tokens[0];
  if (first === undefined || first === '' || text.startsWith(first) || first.includes('\ufffd')) return 0;
  return offsets[1] === [...first].length ? offsets[1] : 0;
}

function unfit(what: string): RatchetError {
  return new RatchetError(
    ErrorType.Unavailable,
    `scoring: the server's echoed log-probabilities cannot be used: ${what}; it must support echo with logprobs`,
  );
}
