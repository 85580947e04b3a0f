import {RE2JS} from 're2js';

/** A regular expression whose time grows as the text does. */
export interface LinearRegExp {
  test(text: string): boolean;
}

/**
 * A pattern as RE2 reads it (Cox 2010, by the package re2js): no text makes it try every way to divide it, as JavaScript's own
 * engine does (CWE-1333; serving/gateway/block-patterns.ts runs those in threads with a deadline). RE2 has no lookaround and no
 * back-references, and repeats at most 1,000 times; `why` says so of a pattern.
 */
export function linearRegExp(pattern: string): LinearRegExp | {readonly why: string} {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(pattern));
  } catch (error) {
    const said = String((error as Error).message).replace(/^error parsing regexp: /, '');
    return {
      why: `expected a regular expression of RE2 (no lookaround, no back-references), got ${JSON.stringify(pattern)}: ${said}`,
    };
  }
}
