import {globSync, readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {AUDIT_KINDS} from '../../../schemas/audit.ts';

const sources = globSync('{activities,cli,client,core,serving,stores}/**/*.ts').map((file) =>
  readFileSync(file, 'utf8'),
);
/** What a fact for the chain begins with, in whatever order: its kind, and who did it or what makes it one fact. */
const FACT = /\bkind: (?:'(?<kind>[a-z_]+)'|(?<name>[A-Z_]+))[,}][^{}]{0,80}\b(?:actor|once)\b/g;

test('each kind that is written is declared, and each that is declared is written', () => {
  const all = sources.join('\n');
  const written = [...all.matchAll(FACT)].map(({groups}) => {
    const {kind, name} = groups as {kind?: string; name?: string};
    return kind ?? new RegExp(`const ${name} = '([a-z_]+)'`).exec(all)?.[1];
  });
  expect(written.length).toBeGreaterThan(15);
  expect(written.filter((kind) => !AUDIT_KINDS.includes(kind as never))).toEqual([]);
  expect(AUDIT_KINDS.filter((kind) => !all.includes(`'${kind}'`))).toEqual([]);
});

test('the documentation tells of each kind, and of no other', () => {
  const [, table] = readFileSync('docs/security.md', 'utf8').split('## The audit chain');
  const rows = [...table!.matchAll(/^\| (`[a-z_`, ]+`) +\| /gm)].map(([, kinds]) => kinds!);
  const told = rows.slice(1).flatMap((kinds) => [...kinds.matchAll(/`([a-z_]+)`/g)].map(([, kind]) => kind));
  expect(told.toSorted()).toEqual(AUDIT_KINDS.toSorted());
});
