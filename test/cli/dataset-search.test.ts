import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {expect, test} from 'vitest';
import {Provenance} from '../../schemas/dataset.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {wordllamaFolder} from '../../serving/clients/embedder/wordllama.ts';
import {wordllamaMissing} from '../serving/clients/embedder/wordllama-here.ts';
import {User} from './cli.ts';
import {prepare} from './prepared-store.ts';
import {projectYaml} from './project-yaml.ts';

const TEXTS = ['the parcel has not come', 'the refund is missing', 'the page stays blank'];

test.skipIf(wordllamaMissing !== null)(
  'datasets search: nearest rows first, of one split where asked, by id alone',
  async () => {
    const user = new User({RATCHET_WORDLLAMA: wordllamaFolder()});
    const folder = user.folder('post');
    writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml());
    const {stores, dataset} = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
    const rows = TEXTS.map((body, i) => ({
      id: `letters/${i}`,
      source: 'letters',
      fields: {body},
      slices: [],
      language: 'en',
      label: 'good',
      digest: sha256Hex(body),
      cluster: `letters/${i}`,
      split: i === 2 ? 'golden' : 'train',
    }));
    const shards = [];
    for (const split of ['train', 'golden'] as const) {
      const {ref, lines} = await stores.artifacts.putLines(rows.filter((row) => row.split === split));
      shards.push({ref, split, rows: lines});
    }
    const provenance = await stores.artifacts.getJson(dataset.provenance, Provenance);
    await stores.registry.replaceDataset({
      ...dataset,
      provenance: await stores.artifacts.putJson({...provenance, shards}),
    });

    const search = async (...args: string[]) => {
      const {code, stdout, stderr} = await user.ratchet(['datasets', 'search', ...args, '--json'], {
        from: folder,
      });
      expect(code, stderr).toBe(0);
      expect(stdout).not.toMatch(/parcel|refund|blank/);
      return (JSON.parse(stdout) as {rows: {id: string; split: string}[]}).rows.map(({id}) => id);
    };
    expect((await search('where is my parcel'))[0]).toBe('letters/0');
    expect(await search('I want my refund', '--top', '1')).toEqual(['letters/1']);
    expect(await search('where is my parcel', '--split', 'golden')).toEqual(['letters/2']);
  },
);
