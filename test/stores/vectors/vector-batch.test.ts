import {expect, test} from 'vitest';
import {arrowTable} from '../../../stores/vectors/vector-batch.ts';

const row = (id: string, vector: readonly number[]) => ({
  id,
  split: 'train' as const,
  source: 'letters',
  label: null,
  vector: Float32Array.from(vector),
});

test('columns as LanceDB writes them itself: only a label, and the numbers of a list by their type, may be null', () => {
  const {schema} = arrowTable([row('a', [1, 2])], 2);
  expect(schema.fields.map(({name, nullable}) => [name, nullable])).toEqual([
    ['id', false],
    ['split', false],
    ['source', false],
    ['label', true],
    ['vector', false],
  ]);
  const [item] = schema.fields.at(-1)!.type.children as {name: string; nullable: boolean}[];
  expect(item).toMatchObject({name: 'item', nullable: true});
});

test('a vector of another length names its row', () => {
  expect(() => arrowTable([row('a', [1, 2]), row('b', [1])], 2)).toThrow(
    'the vector of row b has 1 numbers, expected 2',
  );
});
