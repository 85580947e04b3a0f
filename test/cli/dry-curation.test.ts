import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, expect, test} from 'vitest';
import {parse} from 'yaml';
import {dryCuration} from '../../cli/onboarding/dry-curation.ts';
import {ProjectConfig} from '../../schemas/project.ts';
import {projectYaml} from './project-yaml.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ratchet-dry-'));
afterEach(() => rmSync(folder, {recursive: true, force: true}));

/** Letters of several words each, no two alike. */
function letters(name: string, count: number): void {
  const rows = Array.from({length: count}, (_, i) => {
    const words = Array.from({length: 12}, (__, word) => `w${(i * 31 + word * word * 7) % 499}${name}`);
    return JSON.stringify({body: words.join(' '), label: i % 2 ? 'good' : 'bad'});
  });
  writeFileSync(path.join(folder, `${name}.jsonl`), `${rows.join('\n')}\n`);
}

test('says of each source how many of its own rows are through', async () => {
  letters('first', 30);
  letters('second', 10);
  const source = (name: string) => `  - {name: ${name}, uri: "file:${name}.jsonl", format: jsonl}`;
  const sources = `sources:\n${source('first')}\n${source('second')}`;
  const config = ProjectConfig.parse(parse(projectYaml('post', {sources})));
  const project = {
    config,
    folder,
    file: path.join(folder, 'ratchet.yaml'),
    store: 'file:///s',
    rowKey: 'a'.repeat(64),
  };
  const said: string[] = [];
  await dryCuration(project, 100, (what) => said.push(what()));
  const curated = said.filter((line) => line.startsWith('curates '));
  expect(curated[0]).toBe('curates first: 0 of 30 rows');
  expect(curated.at(-1)).toBe('curates second: 9 of 10 rows');
});
