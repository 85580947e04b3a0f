import {holds, textsOf, type Asserted, type Evaluate, type Needs} from './assertion.ts';

/** At most so many milliseconds. Not measured is no pass. */
export const latency: Evaluate = ({latencyMs}, asserted) =>
  latencyMs === undefined
    ? needs('latency', asserted)
    : holds(
        latencyMs <= asserted.threshold!,
        asserted,
        `within ${asserted.threshold} ms, got it after ${latencyMs}`,
      );

/** At most this much. Not known is no pass. */
export const cost: Evaluate = (answer, asserted) =>
  answer.cost === undefined
    ? needs('cost', asserted)
    : holds(
        answer.cost <= asserted.threshold!,
        asserted,
        `for at most ${asserted.threshold}, got it for ${answer.cost}`,
      );

/** The cosine of its embedding with that of one of these texts, at least `threshold`; 0.75 as promptfoo's. */
export const similar: Evaluate = (_, asserted) =>
  needs('embedder', {...asserted, threshold: asserted.threshold ?? 0.75});

/** A judge's verdict by a rubric. */
export const graded: Evaluate = (_, asserted) => needs('judge', asserted);

function needs(what: Needs['needs'], {value, threshold, inverse}: Asserted): Needs {
  return {
    status: 'needs',
    needs: what,
    texts: value === undefined ? [] : textsOf(value),
    threshold: threshold ?? null,
    inverse,
  };
}
