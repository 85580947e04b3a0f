import type {PromptAssertion} from '../../../../schemas/prompt-file/tests.ts';

/** What a prompt test looks at. */
export interface TestedAnswer {
  readonly text: string;
  /** Milliseconds; missing: not measured. */
  readonly latencyMs?: number;
  /** In the currency of the project's prices; missing: not known. */
  readonly cost?: number;
}

export interface Scored {
  readonly status: 'scored';
  readonly pass: boolean;
  /** 0 … 1, the higher the better, of an inverse assertion too. */
  readonly score: number;
  /** Why it fails; '' where it passes. */
  readonly reason: string;
}

/** What it takes to score it, which is not at hand here. */
export interface Needs {
  readonly status: 'needs';
  readonly needs: 'judge' | 'embedder' | 'latency' | 'cost';
  /** For a judge the rubric, for an embedder the texts that the answer is compared with. */
  readonly texts: readonly string[];
  readonly threshold: number | null;
  /** It is the other way round: who scores it turns the result. */
  readonly inverse: boolean;
}
export type AssertionOutcome = Scored | Needs;

/** An assertion as its evaluation sees it: `value` is filled in, and fits what the assertion's name declares. */
export interface Asserted {
  readonly value: PromptAssertion['value'];
  readonly threshold: number | undefined;
  readonly inverse: boolean;
}

export type Evaluate = (answer: TestedAnswer, asserted: Asserted) => AssertionOutcome;

/** An assertion that holds or does not; `expected` says what it wants, behind "expected the answer" and perhaps "not". */
export function holds(found: boolean, {inverse}: Asserted, expected: string): Scored {
  const pass = found !== inverse;
  const reason = pass ? '' : `expected the answer ${inverse ? 'not ' : ''}${expected}`;
  return {status: 'scored', pass, score: pass ? 1 : 0, reason};
}

/** An assertion by a score, 0 … 1, that has to reach a threshold; the inverse one has to stay below it. */
export function reaches(score: number, threshold: number, {inverse}: Asserted, name: string): Scored {
  const pass = score >= threshold !== inverse;
  const reason = pass
    ? ''
    : `expected ${name} ${inverse ? 'below' : 'of at least'} ${threshold}, got ${score.toFixed(4)}`;
  return {status: 'scored', pass, score: inverse ? 1 - score : score, reason};
}

/** It cannot be decided, as a pattern that is none: neither the assertion nor its inverse holds. */
export function broken(reason: string): Scored {
  return {status: 'scored', pass: false, score: 0, reason};
}

/** A text or a list of texts, numbers as people write them. */
export function textsOf(value: Asserted['value']): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}
