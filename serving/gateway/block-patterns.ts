import {ErrorType, RatchetError} from '../../schemas/errors.ts';

const compiled = new Map<string, RegExp>();

/** Patterns of a guardrail policy as regular expressions. Throws InvalidInput for one that is none. */
function expressions(patterns: readonly string[]): RegExp[] {
  return patterns.map((pattern) => {
    let expression = compiled.get(pattern);
    if (expression === undefined) compiled.set(pattern, (expression = expressionOf(pattern)));
    return expression;
  });
}

function expressionOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'iu');
  } catch (cause) {
    throw new RatchetError(
      ErrorType.InvalidInput,
      `guardrails.block_patterns: ${JSON.stringify(pattern)} is no regular expression`,
      {cause},
    );
  }
}

/** Throws InvalidInput for a pattern that is no regular expression. */
export function checkPatterns(patterns: readonly string[]): void {
  expressions(patterns);
}

/** Whether one of these texts holds one of these patterns. */
export function blocks(patterns: readonly string[], texts: Iterable<string>): boolean {
  if (patterns.length === 0) return false;
  const all = expressions(patterns);
  for (const text of texts) if (all.some((expression) => expression.test(text))) return true;
  return false;
}

/**
 * Whether a pattern may take more than a text's length: for what repeats, and for groups of alternatives, some text may make
 * it try every way to divide it (CWE-1333). Names many that do not; leaves out none that does.
 */
export function mayTakeLong(pattern: string): boolean {
  const unescaped = pattern.replace(/\\./gsu, '');
  return /[?*+{]/.test(unescaped) || (unescaped.includes('(') && unescaped.includes('|'));
}
