import {describe, expect, it} from 'vitest';
import {lineOf} from '../../scripts/mutate/allowed.ts';
import {mutated, parses, sitesOf} from '../../scripts/mutate/sites.ts';

/** Each mutant of a line of code, as the line would then read. */
const mutants = (line: string): string[] =>
  sitesOf('a.ts', line)
    .filter((site) => parses(line, site))
    .map((site) => mutated(line, site));

describe('the mutants of a line', () => {
  it.each<[string, string[]]>([
    ['a < b;', ['a <= b;']],
    ['a >= b;', ['a > b;']],
    ['a === b;', ['a !== b;']],
    ['a + b * c;', ['a - b * c;', 'a + b / c;']],
    ['n += k;', ['n -= k;']],
    ['n++;', ['n--;']],
    ['--n;', ['++n;']],
    ['a && b;', ['a || b;']],
    ['a || b;', ['a && b;']],
    ['a ?? b;', ['a;']],
    ['f(!a);', ['f(a);']],
    ['f(true, 1_000);', ['f(false, 1_000);', 'f(true, 1001);']],
    ['a?.b;', ['a.b;']],
    [
      'a < b ? -1 : a > b ? 1 : c < d;',
      [
        'a < b ? -2 : a > b ? 1 : c < d;',
        'a < b ? -1 : a > b ? 2 : c < d;',
        'a < b ? -1 : a > b ? 1 : c <= d;',
      ],
    ],
    ['for (;;) { if (a) continue; f(); }', ['for (;;) { if (false) continue; f(); }']],
  ])('%s', (line, expected) => {
    expect(mutants(line)).toEqual(expected);
  });

  it('an early return is one whose branch leaves', () => {
    expect(mutants('function f() { if (a) { g(); return; } }')).toEqual([
      'function f() { if (false) { g(); return; } }',
    ]);
    expect(mutants('if (a) g();')).toEqual([]);
  });

  it.each([
    ["import {a} from './1.ts';"],
    ['type A = {[K in 1 | 2]: true};'],
    ['interface A { readonly v: 1; }'],
    ['let a: 0 | null;'],
  ])('what does not run has none: %s', (line) => {
    expect(mutants(line)).toEqual([]);
  });

  it('texts are joined, not added', () => {
    expect(mutants("'a' + b + c;")).toEqual([]);
    expect(mutants('`a${b}` + c;')).toEqual([]);
  });

  it('?? gives its left side: && and ?? do not mix', () => {
    expect(mutants('(a || b) ?? c;')).toEqual(['(a || b);', '(a && b) ?? c;']);
  });
});

it('a mutant is known by its line, wherever that stands', () => {
  const text = 'f();\n  if (a < 3) g();\n';
  const [, site] = sitesOf('a.ts', text);
  expect(lineOf(text, site!)).toEqual({from: 'if (a < 3) g();', to: 'if (a < 4) g();'});
});
