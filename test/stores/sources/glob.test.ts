import {describe, expect, it} from 'vitest';
import {glob} from '../../../stores/sources/glob.ts';

describe('patterns', () => {
  it.each([
    ['data/*.txt', ['data/a.txt'], ['data/a.csv', 'data/b/a.txt', 'other/a.txt']],
    ['data/**/*.txt', ['data/a.txt', 'data/b/c/a.txt'], ['a.txt']],
    ['2024/**', ['2024/a.parquet', '2024/01/02/a.parquet'], ['2023/a.parquet', '2024', '20245/a']],
    ['**', ['a', 'a/b/c'], []],
    ['**/a.txt', ['a.txt', 'b/a.txt', 'b/c/a.txt'], ['ba.txt', 'a.txt/b']],
    ['data/**/x/*.txt', ['data/x/a.txt', 'data/b/c/x/a.txt'], ['data/x/b/a.txt', 'datax/a.txt']],
    ['data/**.txt', ['data/a.txt', 'data/b/a.txt'], ['data/a.csv']],
    ['data/a**/b', ['data/a/b', 'data/a1/c/b'], ['data/ab', 'data/c/b']],
    ['data/a+b(1).txt', ['data/a+b(1).txt'], ['data/aab1.txt']],
    ['part-*-of-3', ['part-1-of-3'], ['part-1-of-4']],
  ])('%s', (pattern, yes, no) => {
    for (const path of yes) expect(glob(pattern).matches(path), path).toBe(true);
    for (const path of no) expect(glob(pattern).matches(path), path).toBe(false);
  });
});
