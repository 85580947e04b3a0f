import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {curateShard, joinShards, listShards, planCuration} from '../../../activities/curate/activities.ts';
import {GoldenEntry, IndexEntry} from '../../../activities/curate/frozen-golden.ts';
import {changedSources, listSources} from '../../../activities/curate/listing.ts';
import {datasetDigest} from '../../../core/identity/dataset-digest.ts';
import {keyFingerprint, rowDigest} from '../../../core/identity/row-digest.ts';
import {LifecycleInput} from '../../../schemas/stage.ts';
import {FIELDS, ids, records, settings} from './notes.ts';
import {ROW_KEY, Workbench, all, configOf, sentence, silent, type Curated} from './workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.remove());
// Each test tells by a parent what is to be reused.
beforeEach(() => bench.forgetProcessed());

describe('a dataset version', () => {
  let first: Curated;
  beforeAll(async () => {
    await bench.jsonl('first.jsonl', [
      ...records(0, 120),
      {id: 'x1', text: `  ${sentence(0).toUpperCase()}`, class: 'ham'},
      {id: 'x2', text: `${sentence(1)} Then all went home.`, class: 'ham'},
      {id: 'x3', text: 'short', class: 'ham'},
      {
        id: 'x4',
        text: 'Der Hafen öffnete am Montag für die Besucher, die danach nach Hause schrieben, wie schön es war.',
        class: 'ham',
      },
      {id: 'x5', text: sentence(500), class: 'neither'},
      {id: 'x6', text: sentence(501), class: ''},
      {id: 'x7', text: null, class: 'ham'},
      {id: 'r0005', text: sentence(502), class: 'ham'},
    ]);
    first = await bench.curate(settings('first.jsonl', {malformed_share: 0.05}));
  });

  it('keeps or drops every record, for one rule', () => {
    const {result, rows, drops, provenance} = first;
    expect(result).toMatchObject({rowsIn: 128, rowsKept: rows.length, processed: 128, reused: 0});
    expect(rows.length + drops.length).toBe(128);
    expect(new Set([...rows, ...drops].map((one) => one.id + ('record' in one ? one.record : ''))).size).toBe(
      128,
    );
    expect(result.drops).toEqual({
      duplicate_id: 1,
      exact_duplicate: 1,
      language: 1,
      malformed: 1,
      near_duplicate: 1,
      no_label: 1,
      too_short: 1,
      unknown_label: 1,
    });
    expect(provenance).toMatchObject({
      rowsIn: 128,
      rowsKept: rows.length,
      drops: result.drops,
      dataset: result.dataset,
    });
    expect(Object.values(provenance.labels).reduce((a, b) => a + b)).toBe(rows.length);
  });

  it('says where each dropped record was and why, never what it said', () => {
    const of = (id: string): unknown => first.drops.find((drop) => drop.id === `notes/${id}`);
    expect(of('x1')).toEqual({
      id: 'notes/x1',
      source: 'notes',
      record: 'first.jsonl:121',
      rule: 'exact_duplicate',
      reason: 'says the same as notes/r0000',
      survivor: 'notes/r0000',
    });
    expect(of('x2')).toMatchObject({rule: 'near_duplicate', survivor: 'notes/r0001'});
    expect(of('x3')).toMatchObject({reason: '5 characters after stripping, at least 10 expected'});
    expect(of('x5')).toMatchObject({rule: 'unknown_label', reason: 'its label is none of ham, spam'});
    expect(of('x6')).toMatchObject({rule: 'no_label'});
    expect(of('x7')).toMatchObject({
      rule: 'malformed',
      record: 'first.jsonl:127',
      reason: 'field "text" is missing',
    });
    for (const drop of first.drops) expect(JSON.stringify(drop)).not.toMatch(/harbour|orchard|Hafen/);
  });

  it('is named by its rows, splits and settings', async () => {
    const {version, rows} = first;
    for (const {digest, cluster: _, split: __, ...row} of rows) expect(rowDigest(ROW_KEY, row)).toBe(digest);
    expect(version.digest).toBe(
      datasetDigest({
        rows: rows.map((row) => [row.digest, row.split] as const),
        golden: [],
        config: version.config,
        tools: version.tools,
      }),
    );
    expect(version.keyFingerprint).toBe(keyFingerprint(ROW_KEY));
    const index = await all(bench.stores.artifacts.lines(version.index, IndexEntry));
    expect(index.map((entry) => entry.digest)).toEqual(rows.map((row) => row.digest).sort());
    const golden = await all(bench.stores.artifacts.lines(version.golden, GoldenEntry));
    expect(golden.map((entry) => entry.id)).toEqual(ids(first, 'golden'));
    expect(golden.every((entry) => entry.since === version.digest)).toBe(true);
    for (const [split, n] of Object.entries(version.counts)) {
      expect(ids(first, split)).toHaveLength(n);
      expect(n).toBeGreaterThan(0);
    }
    expect(first.news).toBeGreaterThan(2);
  });

  it('does not depend on sharding, on the order of records, or on when it is made', async () => {
    const lines = [...records(0, 120)].reverse();
    await bench.jsonl('reversed.jsonl', lines);
    await bench.jsonl('ordered.jsonl', records(0, 120));
    const versions = [];
    for (const [file, size] of [
      ['ordered.jsonl', 500],
      ['ordered.jsonl', 50],
      ['ordered.jsonl', 7],
      ['reversed.jsonl', 13],
    ] as const) {
      await bench.forgetProcessed();
      const made = await bench.curate(settings(file, {shard_records: size}));
      expect(made.shards).toBe(Math.ceil(120 / size));
      versions.push(made);
    }
    expect(new Set(versions.map((made) => made.result.dataset)).size).toBe(1);
    expect(new Set(versions.map((made) => made.version.index.sha256)).size).toBe(1);
  });

  it('is the same where its shards come in lists', async () => {
    const {planned, request} = await bench.plan(settings('ordered.jsonl', {shard_records: 50}));
    const shards = [];
    for (let index = 0; index < 3; index++)
      shards.push(await curateShard({request, plan: planned.plan, index}, bench.context, silent()));
    const lists = [
      await listShards({shards: shards.slice(0, 2)}, bench.context),
      await listShards({shards: shards.slice(2)}, bench.context),
    ];
    const input = {request, plan: planned.plan, shards: [], lists};
    const {dataset} = await joinShards(input, bench.context, silent());
    expect(dataset).toBe((await bench.curate(settings('ordered.jsonl'))).result.dataset);
  });

  it('leaves behind what its sources held, by which later ones are known as new', async () => {
    const {stores, context} = bench;
    const of = settings('growing.jsonl');
    const listed = () => listSources(configOf(of).sources, context.folder);
    const changed = async () => changedSources(stores, 'mail', await listed());
    await bench.jsonl('growing.jsonl', records(0, 20));
    await bench.plan(of);
    expect(await changed()).toEqual([]);
    await bench.jsonl('growing.jsonl', records(0, 21));
    expect(await changed()).toEqual(['notes']);
    await bench.plan(of);
    expect(await changed()).toEqual([]);
  });

  it('is another one with other settings, and with another seed', async () => {
    const of = async (curation: Record<string, unknown>): Promise<string> =>
      (await bench.curate(settings('ordered.jsonl', curation))).result.dataset;
    const usual = await of({});
    expect(await of({})).toBe(usual);
    expect(await of({min_chars: 11})).not.toBe(usual);
    expect(await of({split: {golden: 0.2, traffic: 0.1, validation: 0.1, seed: 8}})).not.toBe(usual);
  });

  it('takes at most so many records, in the order of their ids', async () => {
    const limited = await bench.curate({
      ...settings('reversed.jsonl'),
      sources: [{name: 'notes', uri: 'file:reversed.jsonl', format: 'jsonl', fields: FIELDS, limit: 30}],
    });
    expect(limited.result.rowsIn).toBe(30);
    expect(ids(limited).sort()).toEqual(records(0, 30).map((record) => `notes/${record.id}`));
  });
});

describe('what goes wrong', () => {
  it('stops above the share of malformed records that the project allows, and not below', async () => {
    const good = records(0, 18).map((record) => JSON.stringify(record));
    await bench.write('broken.jsonl', [...good, '{"id": "b1", "text":', 'no json'].join('\n'));
    await expect(bench.curate(settings('broken.jsonl', {malformed_share: 0.09}))).rejects.toMatchObject({
      type: 'TooManyMalformed',
      message: expect.stringMatching(
        /^2 of 20 records are malformed, more than curation\.malformed_share \(0\.09\) allows; the first: notes\/[0-9a-f]{16} \(broken\.jsonl:(19|20)\): not JSON$/,
      ),
    });
    const allowed = await bench.curate(settings('broken.jsonl', {malformed_share: 0.1}));
    expect(allowed.result).toMatchObject({rowsIn: 20, rowsKept: 18, drops: {malformed: 2}});
  });

  it('stops where nothing is left', async () => {
    await bench.jsonl('all-short.jsonl', [{id: '1', text: 'no', class: 'ham'}]);
    await expect(bench.curate(settings('all-short.jsonl'))).rejects.toMatchObject({
      type: 'EmptySource',
      message: 'none of 1 records was kept (1 too_short): loosen curation, or look at the sources',
    });
  });

  it('refuses a worker with another row key', async () => {
    const {planned, request} = await bench.plan(settings('ordered.jsonl'));
    const context = {...bench.context, rowKey: Buffer.alloc(32, 8)};
    const own = keyFingerprint(context.rowKey);
    const message = expect.stringContaining(`this worker's row key has the fingerprint ${own}`);
    const refused = {type: 'WrongProjectKey', message};
    const {plan} = planned;
    await expect(curateShard({request, plan, index: 0}, context, silent())).rejects.toMatchObject(refused);
    await expect(joinShards({request, plan, shards: []}, context, silent())).rejects.toMatchObject(refused);
    const input = LifecycleInput.parse({
      project: 'mail',
      resolved: request.resolved,
      startedBy: 't',
      starterKey: '',
      reason: 'first',
      keyFingerprint: keyFingerprint(ROW_KEY),
      feedbackCut: null,
      parentDataset: null,
      priority: 3,
    });
    await expect(planCuration({input}, context, silent())).rejects.toMatchObject(refused);
  });

  it('refuses a source that changed between plan and work', async () => {
    await bench.jsonl('moving.jsonl', records(0, 10));
    const {planned, request} = await bench.plan(settings('moving.jsonl'));
    await bench.jsonl('moving.jsonl', [{...records(0, 1)[0]!, text: sentence(77)}, ...records(1, 10)]);
    await expect(
      curateShard({request, plan: planned.plan, index: 0}, bench.context, silent()),
    ).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining(
        'source "notes": moving.jsonl has changed since it was read (line 1): run again',
      ),
    });
  });

  it('ends at once when it is cancelled', async () => {
    const {planned, request} = await bench.plan(settings('ordered.jsonl'));
    const signal = AbortSignal.abort(new Error('cancelled'));
    const {plan} = planned;
    await expect(curateShard({request, plan, index: 0}, bench.context, silent(signal))).rejects.toThrow(
      'cancelled',
    );
  });

  it('repeats a shard with the same bytes', async () => {
    const {planned, request} = await bench.plan(settings('ordered.jsonl'));
    const once = await curateShard({request, plan: planned.plan, index: 0}, bench.context, silent());
    expect(await curateShard({request, plan: planned.plan, index: 0}, bench.context, silent())).toEqual(once);
  });

  it('leaves no personal data in plan, shards, drops or provenance', async () => {
    const secrets = ['planted.person@example.com', '4111111111111111', '078-05-1123', '+14155550132'];
    await bench.jsonl('planted.jsonl', [
      ...records(0, 20),
      {id: 'p1', text: `${sentence(900)} ${secrets.join(' and ')}`, class: 'ham'},
      {id: 'p2', text: secrets[0], class: 'ham'},
      {id: 'p3', text: `${sentence(901)} ${secrets[0]}`, class: secrets[0]},
    ]);
    const curated = await bench.curate(settings('planted.jsonl', {min_chars: 60, malformed_share: 1}));
    expect(curated.provenance.scrubbed).toEqual({card: 1, email: 1, phone: 1, ssn: 1});
    for await (const key of bench.stores.objects.list('')) {
      const bytes = (await bench.stores.objects.get(key))!.bytes;
      for (const secret of secrets) expect(Buffer.from(bytes).includes(secret), key).toBe(false);
    }
  });

  it('scrubs what stands in ids and in labels that are answers', async () => {
    await bench.jsonl('answers.jsonl', [
      {id: 'ann@example.com', text: sentence(1), class: 'Write to  bob@example.com'},
      {id: 'plain', text: sentence(2), class: 'No answer'},
    ]);
    const made = await bench.curate({
      ...settings('answers.jsonl'),
      tasks: {reply: {kind: 'generation', inputs: ['text'], prompt: '{{text}}'}},
    });
    expect(made.rows.map((row) => [row.id, row.label]).sort()).toEqual([
      [
        expect.stringMatching(/^notes\/<EMAIL_[0-9a-f]{8}>$/),
        expect.stringMatching(/^Write to <EMAIL_[0-9a-f]{8}>$/),
      ],
      ['notes/plain', 'No answer'],
    ]);
  });
});
