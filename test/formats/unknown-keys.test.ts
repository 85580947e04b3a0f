import {mkdtempSync, readFileSync, readdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {describe, expect, test} from 'vitest';
import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {readDocument, swapDocument, writeDocument} from '../../stores/objects/documents.ts';
import {openStores} from '../../stores/stores.ts';
import {KINDS, type Kind} from './kinds.ts';

/** A key that no version knows, as a newer Ratchet would write it. */
const ADDED = {by: 'a newer one', list: [1, {v: 9}]};
/** Records by the names of an enumeration: a new name holds what the others do. */
const ENUMERATED: readonly string[] = ['counts', 'stages'];
const stores = await openStores(pathToFileURL(mkdtempSync(path.join(tmpdir(), 'ratchet-unknown-'))).href);

type Path = readonly (string | number)[];
interface Place {
  readonly path: Path;
  /** Whether it is part of something that fails closed. */
  readonly closed: boolean;
}

const recorded = ['v1', 'v2'].flatMap((folder) =>
  readdirSync(path.join(import.meta.dirname, folder)).map((file) => {
    const kind = path.basename(file, '.json');
    const text = readFileSync(path.join(import.meta.dirname, folder, file), 'utf8');
    return {name: `${folder}/${kind}`, kind, value: JSON.parse(text) as unknown};
  }),
);
/**
 * An access mark with a key more counts as none (test/stores/access/access-mark.test.ts); what a trainer says of an event is its
 * own affair.
 */
const kinds = recorded.filter(({kind}) => kind !== 'access-mark' && kind !== 'trainer-event');

describe.each(kinds)('$name with keys of a newer Ratchet', ({name, kind, value}) => {
  const {schema} = KINDS[kind]!;
  const places = placesIn(KINDS[kind]!, value);
  const open = places.filter(({closed}) => !closed);
  const key = `tried/${name.replace('/', '-')}.json`;

  test('has places for one', () => {
    expect(places.map((place) => place.path.join('.'))).toContain('');
  });

  if (open.length > 0) {
    const newer = open.reduce((document, place) => withAdded(document, place.path), value);

    test('is read, and they are kept', async () => {
      await stores.objects.put(key, canonicalJson(newer));
      const read = (await readDocument(stores.objects, key, schema))!.value;
      expect(read).toMatchObject(newer as object);
      const ref = await stores.artifacts.putJson(newer);
      expect(await stores.artifacts.getJson(ref, schema)).toEqual(read);
    });

    test('is swapped unharmed', async () => {
      await stores.objects.put(key, canonicalJson(newer));
      const {value: read} = (await readDocument(stores.objects, key, schema))!;
      await swapDocument(stores.objects, key, schema, (current) => ({...(current as object)}));
      const after = await stores.objects.get(key);
      expect(new TextDecoder().decode(after!.bytes)).toBe(canonicalJson(read));
    });
  }

  test('is not written by itself', async () => {
    const newer = withAdded(value, []);
    await expect(async () => writeDocument(stores.objects, `${key}-new`, schema, newer)).rejects.toThrow(
      /added/,
    );
    await expect(swapDocument(stores.objects, `${key}-new`, schema, () => newer)).rejects.toThrow(/added/);
    await stores.objects.put(key, canonicalJson(value));
    await expect(swapDocument(stores.objects, key, schema, () => newer)).rejects.toThrow(/added/);
  });

  const closed = places
    .filter((place) => place.closed)
    .map((place) => ({name: place.path.join('.') || 'the whole', at: place.path}));
  test.each(closed)('$name fails closed', async ({at}) => {
    await stores.objects.put(key, canonicalJson(withAdded(value, at)));
    await expect(readDocument(stores.objects, key, schema)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('written by another version?') as string,
    });
  });
});

test('docs/formats.md says of each kind which it is', () => {
  const [, section] = readFileSync('docs/formats.md', 'utf8').split('### What a newer Ratchet added');
  const told = [...section!.matchAll(/^\| (.*?) +\| (is kept|fails closed)/gm)].flatMap(([, names, what]) => {
    const [kind, ...parts] = [...names!.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name!);
    // `release`: its `guardrails` and `transform`
    if (names!.includes(': its')) return [{kind: kind!, closed: parts}];
    const kinds = KINDS[kind ?? ''] && !names!.includes('(in ') ? [kind!, ...parts] : [];
    return kinds.map((one) => ({kind: one, closed: what === 'is kept' ? [] : ['']}));
  });
  const all = Map.groupBy(told, ({kind}) => kind);
  const parts = [...all].map(([kind, rows]) => [kind, rows.flatMap(({closed}) => closed)]);
  expect(Object.fromEntries(parts)).toEqual(
    Object.fromEntries(Object.entries(KINDS).map(([kind, {closed}]) => [kind, closed])),
  );
});

/** Where a document takes no keys but those of its schema; an array's first item stands for all. */
function placesIn({schema, closed}: Kind, value: unknown): Place[] {
  return pathsOf(value).flatMap((at) => {
    const issues = schema.safeParse(withAdded(value, at)).error?.issues ?? [];
    const refused = issues.some(
      ({code, path: of}) => code === 'unrecognized_keys' && of.join() === at.join(),
    );
    const under = (part: string): boolean => `${at.join('.')}.`.startsWith(part && `${part}.`);
    return refused ? [{path: at, closed: closed.some(under)}] : [];
  });
}
function pathsOf(value: unknown, at: Path = []): Path[] {
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((item) => pathsOf(item, [...at, 0]));
  if (typeof value !== 'object' || value === null) return [];
  return [at, ...Object.entries(value).flatMap(([name, part]) => pathsOf(part, [...at, name]))];
}
function withAdded(value: unknown, [first, ...rest]: Path, added: unknown = ADDED): unknown {
  if (first === undefined) return {...(value as object), added};
  if (Array.isArray(value))
    return value.map((item: unknown, i) => (i === first ? withAdded(item, rest, added) : item));
  const object = value as Record<string, unknown>;
  const inside = object[first] as object;
  const last = rest.length === 0 && ENUMERATED.includes(`${first}`) ? Object.values(inside)[0] : added;
  return {...object, [first]: withAdded(inside, rest, last)};
}
