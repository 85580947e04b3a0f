import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {withTemporal} from '../../cli/temporal.ts';
import {modelsOf, tasksOf} from '../../core/releases/models.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {diffParts} from '../../records/release-diff.ts';
import {short} from '../../schemas/names.ts';
import {bringDown} from '../../stack/bring-down.ts';
import {readStack} from '../../stack/stack-file.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {User, type Answer} from '../cli/cli.ts';
import {executionsByType, type Counts} from './executions.ts';
import {through} from './through.ts';
import {AT_ONCE, changed, replaced, tinyProject, withSmallModel, type TinyProject} from './tiny-project.ts';

let tiny: TinyProject;
let stores: Stores;
let first: LifecycleResult;
let edited: LifecycleResult;
let again: LifecycleResult;
let executions: Counts;
let answered: unknown;
let diff: Answer;
let reports: {readonly first: string; readonly edited: string};

beforeAll(async () => {
  tiny = await tinyProject('untrained', async (yaml) =>
    replaced(
      (await withSmallModel(yaml))
        .replace(/^training: .*$/m, 'training: none')
        .replace(/^ {4}train: .*\n/m, ''),
      ...AT_ONCE,
    ),
  );
  stores = await openStores(tiny.project.store);
  first = await through(tiny);
  tiny = changed(tiny, 'Is this e-mail spam or ham (a legitimate message)?', 'Spam, or ham?');
  edited = await through(tiny);
  tiny = changed(tiny, 'Spam, or ham?', 'Is it spam, or ham?');
  again = await through(tiny, {part: {only: 'prompts'}});
  executions = await withTemporal(tiny.project, executionsByType);
  diff = await new User().ratchet(['diff', edited.release], {from: tiny.project.folder});
  reports = {first: await markdownOf(first), edited: await markdownOf(edited)};
  // A gateway sees a move within a second.
  await vi.waitFor(
    async () => {
      answered = await asked();
      expect(answered).toMatchObject({system_fingerprint: `fp_${short(again.release)}`});
    },
    {timeout: 30_000, interval: 100},
  );
}, 600_000);

afterAll(() => bringDown(tiny.project.folder, () => undefined), 60_000);

function markdownOf({gauntlet}: LifecycleResult): Promise<string> {
  return stores.artifacts.getText(gauntlet.markdown);
}

async function asked(): Promise<unknown> {
  const {gateway} = readStack(tiny.project.folder)!;
  const response = await fetch(`${gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({
      model: 'tiny/triage',
      messages: [{role: 'user', content: 'Subject: Tea\n\nAt four?'}],
    }),
  });
  return response.json();
}

describe('the first release of a project that trains nothing', () => {
  test('is the base model as it is, with the prompts', async () => {
    expect(first).toMatchObject({status: 'promoted', reason: 'no release answered before it'});
    const release = await stores.registry.release('tiny', first.release);
    expect(modelsOf(release)).toEqual({base: expect.objectContaining({kind: 'gguf', adapter: null})});
    expect(tasksOf(release)).toEqual({triage: expect.objectContaining({model: 'base', fallback: []})});
  });

  test('is compared with nothing', () => {
    expect(reports.first).toContain('- No release answered before: there is nothing to compare with');
    expect(reports.first).not.toMatch(/Balanced accuracy .* better than stable/);
    expect(reports.first).not.toContain('## Answers that changed');
    expect(reports.first).not.toMatch(/earlier version of Ratchet|bare base/);
  });
});

describe('an edited prompt', () => {
  test('is a candidate whose prompt alone differs', async () => {
    const [before, after] = await Promise.all(
      [first, edited].map(({release}) => stores.registry.release('tiny', release)),
    );
    const {areas, rows} = await diffParts(stores, before!, after!);
    expect(edited).toMatchObject({status: 'promoted', parent: first.release});
    expect(areas.flatMap(({changes}) => changes).map(({part}) => part)).toEqual(['tasks.triage.prompt']);
    expect(rows).toBeNull();
  });

  test('takes no training, and the dataset is the one that was there', () => {
    expect(edited.data).toEqual(first.data);
    expect(edited.cached).toContain('curate');
    expect(executions).not.toHaveProperty('train');
    expect(executions).toMatchObject({curate: 1, gauntlet: 3, lifecycle: 3});
  });

  test('answers users once it is rolled out', () => {
    expect(answered).toMatchObject({
      choices: [{message: {content: expect.stringMatching(/^(spam|ham)$/)}}],
    });
  });

  test('may be all that a run looks at', () => {
    expect(again).toMatchObject({status: 'promoted', parent: edited.release, data: first.data});
    expect(again.cached).toEqual(['curate']);
  });

  test('is reported by its lines, and by the answers that changed', () => {
    expect(reports.edited).toMatch(/\*\*Changes against stable:\*\* prompts \\?\(1 line added, 1 removed/i);
    expect(reports.edited).toMatch(/^triage: of 12 answers \d+ better, \d+ worse\\\.$/m);
    expect(diff.stdout).toContain(
      '    - Is this e-mail spam or ham (a legitimate message)? Answer:\n    + Spam, or ham? Answer:\n',
    );
    expect(diff.stdout).toContain(
      'Model, input, guardrails, index, training settings and data are the same.\n',
    );
  });
});
