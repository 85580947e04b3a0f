import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {baseRelease} from '../../core/releases/compose.ts';
import {stageKey} from '../../activities/stage/key.ts';
import {ProjectConfig} from '../../schemas/project.ts';
import type {ReleaseV1} from '../../schemas/release.ts';
import {resolveProject} from '../../models/resolve-project.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {CHATML, tinyTokenizerGguf} from '../core/prompts/tiny-gguf.ts';
import {projectYaml} from '../workflows/project-of.ts';

const DATED = `{{ strftime_now('%d %b %Y') }}${CHATML}`;
const FIRST_DAY = new Date('2026-01-31T23:59:00Z');
const LATER = new Date('2026-06-01T00:00:00Z');

let folder: string;
let stores: Stores;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-resolve-'));
  stores = await openStores(pathToFileURL(path.join(folder, 'store')).href);
  const model = (template: string) => tinyTokenizerGguf({'tokenizer.chat_template': {text: template}});
  await writeFile(path.join(folder, 'dated.gguf'), model(DATED));
  await writeFile(path.join(folder, 'other.gguf'), model(`${DATED} `));
  await writeFile(path.join(folder, 'plain.gguf'), model(CHATML));
});
afterAll(() => rm(folder, {recursive: true, force: true}));

interface Base {
  readonly path: string;
  readonly date?: string;
}

function resolved(base: Base, more: {now: Date; stable?: ReleaseV1}) {
  const config = ProjectConfig.parse(projectYaml('post', {base_model: base}));
  return resolveProject(stores.artifacts, config, {folder, defaultModel: undefined, ...more});
}
const release = async (base: Base, now: Date): Promise<ReleaseV1> =>
  baseRelease((await resolved(base, {now})).resolved);

describe('the day that a chat template prints', () => {
  it('is that of the first run, and its successors’ too', async () => {
    const stable = await release({path: 'dated.gguf'}, FIRST_DAY);
    expect(Object.values(stable.prompts).map(({date}) => date)).toEqual(
      Object.keys(stable.prompts).map(() => '2026-01-31'),
    );
    const later = await resolved({path: 'dated.gguf'}, {now: LATER, stable});
    expect(later.resolved.date).toBe('2026-01-31');
    expect(baseRelease(later.resolved)).toEqual(stable);
  });

  it('is taken anew with another base, and is what the settings say where they do', async () => {
    const stable = await release({path: 'dated.gguf'}, FIRST_DAY);
    expect((await resolved({path: 'other.gguf'}, {now: LATER, stable})).resolved.date).toBe('2026-06-01');
    const said = {path: 'dated.gguf', date: '2025-12-24'};
    expect((await resolved(said, {now: LATER, stable})).resolved.date).toBe('2025-12-24');
  });

  it('is part of what training is of', async () => {
    const key = async (now: Date) => {
      const {ref, resolved: project} = await resolved({path: 'dated.gguf'}, {now});
      const request = {
        stage: 'train',
        project: 'post',
        resolved: ref,
        keyFingerprint: 'f'.repeat(16),
      } as const;
      return stageKey(
        {...request, inputs: {dataset: 'd', init: ''}, refs: {}},
        {...project, config: {...project.config}},
      );
    };
    expect(await key(FIRST_DAY)).not.toBe(await key(LATER));
  });

  it('is none where the template prints none, so that no key depends on it', async () => {
    const {resolved: project} = await resolved({path: 'plain.gguf'}, {now: FIRST_DAY});
    expect(project).not.toHaveProperty('date');
    const {prompts} = baseRelease(project);
    for (const prompt of Object.values(prompts)) expect(prompt).not.toHaveProperty('date');
  });
});
