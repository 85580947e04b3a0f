import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';

interface Entry {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const ROOT = join(import.meta.dirname, '..', '..');

test('the lock knows the optional binaries of all machines, which `npm ci` asks for on each', async () => {
  const text = await readFile(join(ROOT, 'package-lock.json'), 'utf8');
  const {packages} = JSON.parse(text) as {packages: Record<string, Entry>};
  const asked = Object.entries(packages).flatMap(([place, {optionalDependencies = {}}]) =>
    Object.keys(optionalDependencies).map((name) => ({place, name})),
  );
  expect(asked.length).toBeGreaterThan(20);
  expect(asked.filter(({place, name}) => resolved(packages, place, name) === undefined)).toEqual([]);
});

/** Where Node would find a package from another one's folder. */
function resolved(packages: Readonly<Record<string, Entry>>, from: string, name: string): string | undefined {
  const at = [from, ...above(from), ''].map((place) =>
    [place, 'node_modules', name].filter(Boolean).join('/'),
  );
  return at.find((place) => packages[place] !== undefined);
}

function above(place: string): string[] {
  const end = place.lastIndexOf('/node_modules/');
  return end < 0 ? [] : [place.slice(0, end), ...above(place.slice(0, end))];
}
