import {describe, expect, it} from 'vitest';
import {jsonBeyond} from '../../../core/access/json-bounds.ts';
import {seededRandom} from '../../../serving/engine/sampler.ts';

const beyond = (text: string, bounds: {depth?: number; values?: number} = {}) =>
  jsonBeyond(Buffer.from(text), {depth: 8, values: 10, ...bounds});

/** What JSON.parse builds: every value and every key. */
function built(value: unknown): {depth: number; values: number} {
  if (typeof value !== 'object' || value === null) return {depth: 0, values: 1};
  const inside = Object.values(value).map(built);
  const keys = Array.isArray(value) ? 0 : inside.length;
  return {
    depth: 1 + Math.max(0, ...inside.map(({depth}) => depth)),
    values: 1 + keys + inside.reduce((sum, {values}) => sum + values, 0),
  };
}

describe('the bounds of JSON text', () => {
  it.each([
    ['{"a": [1, 2, {"b": null}], "c": "x"}', 10],
    ['[1,2,3,4,5,6,7,8,9]', 10],
    [' [ true , false , null , -1.5e+3 ] ', 5],
    ['"\\"[[[[\\\\"', 1],
    ['["a\\\\", "b\\"]", "\\u0022"]', 4],
    ['{"ключ": "значение [[[ {"}', 3],
    ['7', 1],
    ['[[],{}]', 3],
  ])('count every value and key: %s', (text, values) => {
    expect(built(JSON.parse(text)).values).toBe(values);
    expect(beyond(text, {values})).toBeNull();
    expect(beyond(text, {values: values - 1})).toBe('values');
  });

  it('count what is within one another, not what is beside', () => {
    expect(beyond('[[[]]]', {depth: 3})).toBeNull();
    expect(beyond('[[[]]]', {depth: 2})).toBe('depth');
    expect(beyond('[[],[],[],[]]', {depth: 2})).toBeNull();
    expect(beyond('["[[[["]', {depth: 1})).toBeNull();
  });

  it('are those of what the parser builds, whatever the text', () => {
    const random = seededRandom(18);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
    const texts = ['', 'a"b', '\\', '\\"', '[{,:}]', '\u2028é\ud83d\ude00', '\n\t', '\\u0022'];
    const make = (left: number): unknown => {
      const kind = left === 0 ? 0 : Math.floor(random() * 4);
      if (kind < 2) return pick([pick(texts), 0, -1.5e-7, true, false, null, 1e21]);
      const many = Array.from({length: Math.floor(random() * 4)}, () => make(left - 1));
      return kind === 2 ? many : Object.fromEntries(many.map((value, i) => [`${pick(texts)}${i}`, value]));
    };
    for (let i = 0; i < 500; i++) {
      const value = make(5);
      const text = JSON.stringify(value, null, pick([0, 1, '\t']));
      const {depth, values} = built(value);
      expect(beyond(text, {depth, values})).toBeNull();
      expect(beyond(text, {depth, values: values - 1})).toBe('values');
      if (depth > 0) expect(beyond(text, {depth: depth - 1, values})).toBe('depth');
    }
  });

  it('hold for text that is no JSON, too, and for text that breaks off', () => {
    for (const text of ['"abc', '"abc\\', '[[', '}}}', '[1 2 3]', '\ufeff[]', '{"a"'])
      expect(beyond(text, {depth: 3, values: 4})).toBeNull();
    expect(beyond('[[[[', {depth: 3})).toBe('depth');
  });
});
