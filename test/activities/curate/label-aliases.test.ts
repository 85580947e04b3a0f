import {afterAll, beforeAll, expect, it} from 'vitest';
import {sentence, Workbench} from './workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.remove());

it('rows that spell a label otherwise are rows of that label, and a new alias curates them again', async () => {
  const said = ['negative', 'neg', ' Negative ', 'positive', 'POS'];
  await bench.jsonl(
    'reviews.jsonl',
    Array.from({length: 50}, (_, i) => ({id: `r${i}`, text: sentence(i), stars: said[i % 5]})),
  );
  const curate = (labels: unknown) =>
    bench.curate({
      sources: [
        {name: 'reviews', uri: 'file:reviews.jsonl', format: 'jsonl', fields: {id: 'id', label: 'stars'}},
      ],
      curation: {languages: []},
      tasks: {feeling: {kind: 'classification', labels, inputs: ['text'], prompt: '{{text}}'}},
    });
  const first = await curate({negative: ['neg', 'Negative'], positive: []});
  expect(Map.groupBy(first.rows, ({label}) => label).get('negative')).toHaveLength(30);
  expect(first.drops.map(({rule}) => rule)).toEqual(Array.from({length: 10}, () => 'unknown_label'));
  const second = await curate({negative: ['neg', 'Negative'], positive: ['POS']});
  expect(new Set(second.rows.map(({label}) => label))).toEqual(new Set(['negative', 'positive']));
  expect(second.drops).toEqual([]);
  expect(second.planned.reused).toBe(0);
});
