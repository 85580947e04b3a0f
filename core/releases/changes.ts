/** One value that is not the same in two documents; null where a document has none. */
export interface Change {
  /** `tasks.triage.prompt` */
  readonly part: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** The values that differ in two flat documents, in the order of their names. An empty list and none at all are the same. */
export function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Change[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((part) => {
    const [was, is] = [before.get(part) ?? null, after.get(part) ?? null];
    return (was ?? '') === (is ?? '') ? [] : [{part, before: was, after: is}];
  });
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
