import {describe, expect, it} from 'vitest';
import {lineOf} from '../../scripts/mutate/allowed.ts';
import {drawOrder} from '../../scripts/mutate/draw-order.ts';
import {sitesOf} from '../../scripts/mutate/sites.ts';

/** The lines as mutated, in the order of the draw. */
function drawn(seed: string, files: Readonly<Record<string, string>>): string[] {
  const texts = new Map(Object.entries(files));
  const sites = [...texts].flatMap(([file, text]) => sitesOf(file, text));
  return drawOrder(seed, sites, texts).map(
    (site) => `${site.file}: ${lineOf(texts.get(site.file)!, site).to}`,
  );
}

const A = 'a < b;\nc + d;\ne && f;\ng === h;\n';
const B = 'i - j;\nk || l;\nm >= n;\n';

describe('the order in which a seed draws', () => {
  it('holds every site once', () => {
    expect(drawn('1', {'a.ts': A, 'b.ts': B}).sort()).toEqual(
      ['a <= b;', 'c - d;', 'e || f;', 'g !== h;']
        .map((line) => `a.ts: ${line}`)
        .concat(['i + j;', 'k && l;', 'm > n;'].map((line) => `b.ts: ${line}`)),
    );
  });

  it('is the same again, and another by another seed', () => {
    const files = {'a.ts': A, 'b.ts': B};
    expect(drawn('1', files)).toEqual(drawn('1', files));
    expect(drawn('2', files)).not.toEqual(drawn('1', files));
  });

  it('stays where other lines and files come, go or move', () => {
    const before = drawn('1', {'a.ts': A, 'b.ts': B});
    const after = drawn('1', {'0.ts': 'o * p;', 'a.ts': `const q = r;\n\n${A}s / t;\n`, 'b.ts': B});
    expect(after.filter((line) => before.includes(line))).toEqual(before);
  });
});
