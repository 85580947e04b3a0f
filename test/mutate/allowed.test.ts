import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, it} from 'vitest';
import {ALLOWED, lineOf} from '../../scripts/mutate/allowed.ts';
import {sitesOf} from '../../scripts/mutate/sites.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

it('each mutant that is allowed is still one that can be drawn', () => {
  const gone = ALLOWED.filter(({file, from, to}) => {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    return !sitesOf(file, text).some((site) => {
      const line = lineOf(text, site);
      return line.from === from && line.to === to;
    });
  });

  expect(gone).toEqual([]);
});
