import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {mailsOf} from '../../cli/demo/mailbox.ts';
import {ProjectConfig, type ProjectYaml} from '../../schemas/project.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ratchet-mailbox-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));

test('records are asked by the fields that the first task reads, and the right answer is its target or label', async () => {
  const rows = [
    {id: 'a', text: 'Erie 16501', parts: '{"city":"Erie"}', kind: 'short'},
    {id: 'b', text: '1 Main St', parts: '{"street":"Main St"}', kind: 'long'},
  ];
  writeFileSync(path.join(folder, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const fields = {id: 'id', label: 'kind'};
  const yaml: ProjectYaml = {
    version: 1,
    project: 'addresses',
    input: {format: 'record', fields: ['text', 'parts']},
    sources: [{name: 'rows', uri: 'file:rows.jsonl', format: 'jsonl', fields}],
    tasks: {parse: {kind: 'generation', inputs: ['text'], target: 'parts', prompt: '{{text}}'}},
    gauntlet: {gates: [{metric: 'parse_rouge_l', test: 'at-least', limit: 0.5}]},
    rollout: {steps: [{setWeight: 100}]},
  };
  const asked = async (tasks: ProjectYaml['tasks']) => {
    const config = ProjectConfig.parse({...yaml, tasks});
    const mails = await mailsOf(
      config.sources,
      {config, folder, rowKey: Buffer.alloc(32)},
      new Set(['rows/a']),
    );
    return mails.map(({content, label}) => [content, label]);
  };
  expect(await asked(yaml.tasks)).toEqual([['{"text":"Erie 16501"}', '{"city":"Erie"}']]);
  const sort: ProjectYaml['tasks'] = {
    sort: {kind: 'classification', inputs: ['text'], labels: ['short', 'long'], prompt: '{{text}}'},
  };
  expect(await asked(sort)).toEqual([['{"text":"Erie 16501"}', 'short']]);
});
