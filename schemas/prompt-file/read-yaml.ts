import {LineCounter, isMap, isNode, isPair, isScalar, parseDocument, visit} from 'yaml';
import type {Document, Node} from 'yaml';
import type {z} from 'zod';
import {explainIssues, keyText, type KeyPath} from '../explain-issue.ts';

/** One thing wrong with a file. `line` and `column` (UTF-16 units) count from 1. */
export interface FileProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `inputs.body.type: expected one of "string", …, got "text"` */
  readonly message: string;
}

export type Place = Pick<FileProblem, 'line' | 'column'>;

export type ReadYaml<T> =
  | {
      readonly ok: true;
      readonly value: T;
      /** Where a key is; for what is missing, where that is which should hold it. */
      readonly at: (path: KeyPath) => Place;
    }
  | {readonly ok: false; readonly problems: readonly FileProblem[]};

/** More problems are not listed. */
const MOST_PROBLEMS = 100;
/** Longer YAML is not read: characters. */
const MOST_CHARS = 1 << 20;

/**
 * YAML by a schema, or every problem in it in the order of lines. `firstLine` of `file` is the text's own first. No aliases, which
 * make a short file a large value; a key that is there twice is a problem.
 */
export function readYaml<T>(
  text: string,
  schema: z.ZodType<T>,
  {file, firstLine = 1}: {readonly file: string; readonly firstLine?: number},
): ReadYaml<T> {
  const lines = new LineCounter();
  const placed = (offset: number): Place => {
    const {line, col} = lines.linePos(offset);
    return {line: Math.max(1, line) + firstLine - 1, column: Math.max(1, col)};
  };
  const failed = (at: Place, message: string): ReadYaml<T> => ({
    ok: false,
    problems: [{file, ...at, message}],
  });
  const start = {line: firstLine, column: 1};
  if (text.length > MOST_CHARS)
    return failed(start, `expected at most ${MOST_CHARS} characters of YAML, got ${text.length}`);
  let document: Document.Parsed;
  let written: unknown;
  try {
    // Its own check of keys takes the square of their number.
    document = parseDocument(text, {lineCounter: lines, prettyErrors: false, uniqueKeys: false});
    const faults = faultsOf(document).slice(0, MOST_PROBLEMS);
    if (faults.length > 0)
      return {
        ok: false,
        problems: faults.map(({offset, message}) => ({file, ...placed(offset), message})),
      };
    written = document.toJS({maxAliasCount: 0}) ?? {};
  } catch (cause) {
    // An alias, or nesting that is deeper than the parser's stack.
    const said = cause instanceof RangeError ? 'deep nesting' : String((cause as Error).message);
    return failed(start, `expected YAML without aliases and deep nesting, got: ${said}`);
  }
  const at = (path: KeyPath): Place => placed(offsetOf(document, path));
  const parsed = schema.safeParse(written, {reportInput: true});
  if (parsed.success) return {ok: true, value: parsed.data, at};
  const problems = explainIssues(schema, parsed.error.issues)
    .slice(0, MOST_PROBLEMS)
    .map(({path, expected, got, own}) => {
      const key = path.length === 0 ? '' : `${keyText(path)}: `;
      const said = own ?? `expected ${expected}${got === '' ? '' : `, got ${got}`}`;
      return {file, ...at(path), message: `${key}${said}`};
    });
  return {ok: false, problems: problems.sort((a, b) => a.line - b.line || a.column - b.column)};
}

/** What makes this no YAML, or YAML that two parsers would read differently. */
function faultsOf(document: Document.Parsed): {readonly offset: number; readonly message: string}[] {
  const faults = document.errors.map(({pos, message}) => ({
    offset: pos[0],
    message: `expected valid YAML, got: ${message.replace(/\s+/g, ' ')}`,
  }));
  if (faults.length > 0) return faults;
  visit(document, {
    Map: (_, {items}) => {
      const seen = new Set<string>();
      for (const {key} of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        const message = `expected each key once, got "${name}" again`;
        if (seen.has(name)) faults.push({offset: key.range?.[0] ?? 0, message});
        seen.add(name);
      }
    },
  });
  return faults;
}

/** Of a value (of its key, where it has one); of what is missing, the offset of what should hold it. */
function offsetOf(document: Document.Parsed, path: KeyPath): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const step of path) {
    const next = child(node, step);
    if (!next) break;
    offset = next.at.range?.[0] ?? offset;
    node = next.value;
  }
  return offset;
}

function child(node: unknown, step: PropertyKey): {at: Node; value: unknown} | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
    return isPair(pair) && isNode(pair.key) ? {at: pair.key, value: pair.value} : undefined;
  }
  const item = isNode(node) && 'items' in node ? (node.items as unknown[])[Number(step)] : undefined;
  return isNode(item) ? {at: item, value: item} : undefined;
}
