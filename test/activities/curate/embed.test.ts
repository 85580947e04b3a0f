import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {embedDataset} from '../../../activities/curate/activities.ts';
import {rowText} from '../../../core/curation/row-text.ts';
import {loadWordllama} from '../../../serving/clients/embedder/wordllama.ts';
import {Vectors} from '../../../stores/vectors/vectors.ts';
import {wordllamaMissing} from '../../serving/clients/embedder/wordllama-here.ts';
import {Workbench, all, sentence, silent} from './workbench.ts';

const why = wordllamaMissing ? ` (skipped: ${wordllamaMissing})` : '';
describe.skipIf(wordllamaMissing !== null)(`a dataset's embeddings${why}`, () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open();
  });
  afterAll(() => bench.remove());

  it('are one a row, of its whole text, under the table that its provenance names', async () => {
    const records = Array.from({length: 150}, (_, i) => ({
      id: `r${i}`,
      text: sentence(i),
      class: i % 2 ? 'spam' : 'ham',
    }));
    await bench.jsonl('notes.jsonl', records);
    const settings = {
      sources: [
        {
          name: 'notes',
          uri: 'file:notes.jsonl',
          format: 'jsonl',
          fields: {id: 'id', label: 'class', text: 'text'},
        },
      ],
    };
    const {request} = await bench.plan(settings);
    const made = await bench.curate(settings);
    const said: number[] = [];
    const activity = {...silent(), progress: ({done}: {done: number}) => void said.push(done)};
    const dataset = made.result.dataset;
    await embedDataset({request, dataset}, bench.context, activity);
    await embedDataset({request, dataset}, bench.context, activity);
    expect(said).toEqual([128, 150]);

    const table = (await new Vectors(bench.stores.objects).open('mail', dataset))!;
    expect(table.name).toBe(made.provenance.embeddings);
    const rows = new Map((await all(table.read())).map((row) => [row.id, row]));
    expect(rows.size).toBe(made.rows.length);
    const embedder = await loadWordllama();
    for (const row of made.rows.slice(0, 10)) {
      const [vector] = await embedder.embed([rowText(row)]);
      expect(rows.get(row.id)).toMatchObject({split: row.split, source: 'notes', label: row.label});
      expect([...rows.get(row.id)!.vector]).toEqual([...vector!]);
    }
  });
});
