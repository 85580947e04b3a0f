import type {Release} from '../schemas/release.ts';

/** One part that is not the same in two releases; null where a release has none. */
export interface Change {
  /** `prompts.triage.template` */
  readonly part: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** The parts that differ, in the order of their names. */
export function releaseChanges(before: Release, after: Release): Change[] {
  return changes(partsOf(before), partsOf(after));
}

/** The values that differ in two flat documents, in the order of their names. */
export function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Change[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((part) => {
    const [was, is] = [before.get(part) ?? null, after.get(part) ?? null];
    return was === is ? [] : [{part, before: was, after: is}];
  });
}

/** The parts under the digest by name. Of an adapter's files the digest says all: where they are kept is no part. */
function partsOf({base, adapter, prompts, transform, index, guardrails, createdFrom}: Release) {
  const weights = adapter && {digest: adapter.digest, training: adapter.training};
  return flat({base, adapter: weights, prompts, transform, index, guardrails, dataset: createdFrom});
}

/** `{a: {b: 1}}` → `a.b` → `1`. Lists of texts are one text a line; null and what is empty is left out. */
export function flat(value: unknown, name = '', into = new Map<string, string>()): Map<string, string> {
  if (value === null || value === undefined) return into;
  if (Array.isArray(value)) into.set(name, value.map(textOf).join('\n'));
  else if (typeof value === 'object')
    for (const [key, inner] of Object.entries(value)) flat(inner, name === '' ? key : `${name}.${key}`, into);
  else into.set(name, textOf(value));
  return into;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The lines of a text, each with whether the other text lacks it. */
export function marked(
  text: string,
  other: string,
): readonly {readonly line: string; readonly isNew: boolean}[] {
  const known = new Set(other.split('\n'));
  return text.split('\n').map((line) => ({line, isNew: !known.has(line)}));
}
