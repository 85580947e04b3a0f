import {isDeepStrictEqual} from 'node:util';
import {Document, isMap, parseDocument, stringify, visit} from 'yaml';
import {sha256Hex} from '../../../identity/digest.ts';
import {MARKERS} from './merge-lines.ts';

/** A key that each side set to something else, as YAML; null where a side does not have it. */
export interface KeyConflict {
  /** `settings.temperature` */
  readonly key: string;
  readonly base: string | null;
  readonly ours: string | null;
  readonly theirs: string | null;
}

export interface MergedKeys {
  /** With markers around the keys where there are conflicts. */
  readonly yaml: string;
  readonly conflicts: readonly KeyConflict[];
}

type Path = readonly string[];
interface Sides {
  readonly base: unknown;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/**
 * What both sides made of a YAML map, key by key to any depth; lists are one value. Comments and order are ours, with new keys of
 * theirs at the end. Null where one of the three is no YAML, or no map.
 */
export function mergeKeys(base: string, ours: string, theirs: string): MergedKeys | null {
  if (ours === theirs || base === theirs) return {yaml: ours, conflicts: []};
  if (base === ours) return {yaml: theirs, conflicts: []};
  const documents = [base, ours, theirs].map((text) => parseDocument(text));
  const values = documents.map(mapOf);
  if (values.some((value) => value === null)) return null;
  const [was, our, their] = values;
  const merged = documents[1]!.contents === null ? new Document({}) : documents[1]!;
  const conflicts: {readonly path: Path; readonly sides: Sides}[] = [];
  const take = (path: Path, sides: Sides): void => {
    if (isDeepStrictEqual(sides.ours, sides.theirs) || isDeepStrictEqual(sides.base, sides.theirs)) return;
    if (isDeepStrictEqual(sides.base, sides.ours)) {
      if (sides.theirs === undefined) merged.deleteIn(path);
      else merged.setIn(path, merged.createNode(sides.theirs));
    } else if (isRecord(sides.ours) && isRecord(sides.theirs)) {
      const {ours: one, theirs: other} = sides;
      const before = isRecord(sides.base) ? sides.base : {};
      for (const key of new Set([...Object.keys(before), ...Object.keys(one), ...Object.keys(other)]))
        take([...path, key], {base: own(before, key), ours: own(one, key), theirs: own(other, key)});
    } else conflicts.push({path, sides});
  };
  take([], {base: was, ours: our, theirs: their});
  return {
    yaml: withMarkers(merged, conflicts),
    conflicts: conflicts.map(({path, sides}) => ({
      key: path.join('.'),
      base: asYaml(sides.base),
      ours: asYaml(sides.ours),
      theirs: asYaml(sides.theirs),
    })),
  };
}

/** A conflict's key is first a line of its own with a mark that no side holds, then the lines of both sides in its place. */
function withMarkers(
  document: Document,
  conflicts: readonly {readonly path: Path; readonly sides: Sides}[],
): string {
  if (isMap(document.contents) && document.contents.items.length === 0 && conflicts.length === 0) return '';
  const seed = sha256Hex(JSON.stringify(conflicts)).slice(0, 12);
  const mark = (i: number): string => `conflict-${seed}-${i}`;
  for (const [i, {path}] of conflicts.entries()) {
    document.setIn(path, mark(i));
    // A map in braces has one line for all of its keys.
    visit(document, {
      Map: (_, map) => {
        map.flow = false;
      },
    });
  }
  let yaml = document.toString({lineWidth: 0});
  for (const [i, {path, sides}] of conflicts.entries()) {
    const line = new RegExp(`^( *)\\S.*: ${mark(i)}(?: #.*)?$`, 'm').exec(yaml);
    if (line === null) continue;
    const side = (value: unknown): string =>
      value === undefined ? '' : indented(stringify({[path.at(-1)!]: value}, {lineWidth: 0}), line[1]!);
    const block = `${MARKERS.ours}\n${side(sides.ours)}${MARKERS.between}\n${side(sides.theirs)}${MARKERS.theirs}`;
    yaml = yaml.slice(0, line.index) + block + yaml.slice(line.index + line[0].length);
  }
  return yaml;
}

function indented(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}

function mapOf(document: Document.Parsed): Record<string, unknown> | null {
  if (document.errors.length > 0) return null;
  try {
    const value: unknown = document.toJS({maxAliasCount: 0}) ?? {};
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function asYaml(value: unknown): string | null {
  return value === undefined ? null : stringify(value, {lineWidth: 0}).trimEnd();
}
