import {isDeepStrictEqual} from 'node:util';
import {broken, holds, textsOf, type Evaluate} from './assertion.ts';
import {linearRegExp} from './linear-regexp.ts';

/*
 * As promptfoo's, where nothing else is said: https://www.promptfoo.dev/docs/configuration/expected-outputs/deterministic/
 */

/** The whole answer, to the character; an object or list is compared with the answer as JSON, whatever the order of keys. */
export const equals: Evaluate = ({text}, asserted) => {
  const {value} = asserted;
  const expected = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const same = typeof value === 'object' ? isDeepStrictEqual(value, jsonOf(text)) : text === expected;
  return holds(same, asserted, `to be ${shown(expected)}, got ${shown(text)}`);
};

/** Some part of the answer is this text. */
export const contains: Evaluate = ({text}, asserted) => {
  const [part] = textsOf(asserted.value) as [string];
  return holds(text.includes(part), asserted, `to contain ${shown(part)}`);
};

/** The same, whatever the case (of Unicode's simple lower case). */
export const icontains: Evaluate = ({text}, asserted) =>
  contains({text: text.toLowerCase()}, {...asserted, value: lower(asserted.value)[0]});

/** Each of these texts. Unlike promptfoo a single text is one text, without commas that divide it. */
export const containsAll: Evaluate = ({text}, asserted) => {
  const parts = textsOf(asserted.value);
  const missing = parts.filter((part) => !text.includes(part));
  const what = missing.length === 0 ? parts : missing;
  return holds(
    missing.length === 0,
    asserted,
    `to contain all of ${list(parts)}${missing.length > 0 ? `; ${list(what)} is missing` : ''}`,
  );
};

/** At least one of these texts. */
export const containsAny: Evaluate = ({text}, asserted) => {
  const parts = textsOf(asserted.value);
  return holds(
    parts.some((part) => text.includes(part)),
    asserted,
    `to contain one of ${list(parts)}`,
  );
};

export const icontainsAll: Evaluate = ({text}, asserted) =>
  containsAll({text: text.toLowerCase()}, {...asserted, value: lower(asserted.value)});

export const icontainsAny: Evaluate = ({text}, asserted) =>
  containsAny({text: text.toLowerCase()}, {...asserted, value: lower(asserted.value)});

export const startsWith: Evaluate = ({text}, asserted) => {
  const [start] = textsOf(asserted.value) as [string];
  return holds(text.startsWith(start), asserted, `to start with ${shown(start)}, got ${shown(text)}`);
};

/** Somewhere in the answer, case-sensitive, in linear time. A pattern that is none fails, inverse too. */
export const regex: Evaluate = ({text}, asserted) => {
  const [pattern] = textsOf(asserted.value) as [string];
  const expression = linearRegExp(pattern);
  if ('why' in expression) return broken(expression.why);
  return holds(expression.test(text), asserted, `to match ${shown(pattern)}`);
};

function lower(value: Parameters<typeof textsOf>[0]): string[] {
  return textsOf(value).map((text) => text.toLowerCase());
}

/** Undefined for what is no JSON, which no expected value equals. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function list(texts: readonly string[]): string {
  return texts.map(shown).join(', ');
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
