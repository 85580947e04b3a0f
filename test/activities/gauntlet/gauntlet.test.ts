import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {
  answerBatch,
  planGauntlet,
  prepareGauntlet,
  scoreGauntlet,
} from '../../../activities/gauntlet/activities.ts';
import {Answers, Item} from '../../../activities/gauntlet/item.ts';
import {Sample} from '../../../schemas/report.ts';
import {ResolvedProject} from '../../../schemas/resolved-project.ts';
import {gauntletWorld, madeRows, quiet} from './gauntlet-world.ts';
import {scriptedEngine, type Script} from './scripted-engine.ts';

/** Always ham, writes the same, knows the text badly. */
const base: Script = {choose: () => ' ham', write: () => ' the', nll: 5};
/** Reads the mail: `offer` is spam. Writes what the mail is about. */
const tuned: Script = {
  choose: (prompt) => (prompt.includes('offer') ? ' spam' : ' ham'),
  write: (prompt) => ` ${/about the (\w+ number \d+)/.exec(prompt)?.[1] ?? 'mail'}`,
  nll: 2,
};

let engine: Awaited<ReturnType<typeof scriptedEngine>>;
let world: Awaited<ReturnType<typeof gauntletWorld>>;
beforeEach(async () => {
  engine = await scriptedEngine(base, tuned);
  world = await gauntletWorld({engines: [engine.url]});
});
afterEach(async () => {
  await engine.close();
  await world.remove();
});

async function first() {
  const candidate = await world.adapterRelease(1, world.version.digest);
  return {
    release: candidate.digest,
    stable: world.base.digest,
    dataset: world.version.digest,
    reason: 'first',
  };
}
it('scoring ends at once when it is cancelled, whatever it computes', async () => {
  const asked = {request: world.request(await first())};
  const plan = await planGauntlet(asked, world.context, quiet());
  const answers = [];
  for (const batch of plan.batches)
    answers.push(await answerBatch({...asked, batch}, world.context, quiet()));
  for (const note of ['trains the baselines', 'decides the gates']) {
    const cancelled = new AbortController();
    const activity = {
      ...quiet(),
      signal: cancelled.signal,
      progress: (news: {note?: string}) => {
        if (news.note === note) cancelled.abort(new Error(`cancelled when it ${note}`));
      },
    };
    await expect(scoreGauntlet({...asked, plan, answers}, world.context, activity)).rejects.toThrow(
      `cancelled when it ${note}`,
    );
  }
});

describe('the plan', () => {
  it('puts the same items to candidate and stable; a stable that is the base is asked once', async () => {
    const plan = await planGauntlet({request: world.request(await first())}, world.context, quiet());
    const byRelease = Map.groupBy(plan.batches, (batch) => batch.release);
    expect(byRelease.size).toBe(2);
    const [ours, theirs] = [...byRelease.values()];
    expect(ours!.map((batch) => batch.ref)).toEqual(theirs!.map((batch) => batch.ref));
    expect(plan.batches.every((batch) => batch.items <= 40)).toBe(true);
    expect(plan.items).toBe(2 * (45 + 45 + 8 + 12 + 9 + 9 + 9));
    expect(plan.concurrency).toBe(1);
    expect(plan.batches.map((batch) => batch.title)).toContain('candidate · triage 41–45');
    expect(plan.batches.map((batch) => batch.title)).toContain('base = stable · injections 1–9');
  });

  it('golden_rows in natural shares, the same whatever the order of rows', async () => {
    const rows = madeRows({train: 6, validation: 6, golden: 90, traffic: 0});
    const tasks = {triage: {...world.config.tasks.triage!, golden_rows: 30}};
    const small = await gauntletWorld({engines: [engine.url], tasks, rows: [...rows].reverse()});
    const inputs = {release: small.base.digest, stable: small.base.digest, dataset: small.version.digest};
    const plan = await planGauntlet({request: small.request(inputs)}, small.context, quiet());
    const [batch] = plan.batches.filter(({title}) => title.includes('triage'));
    const items: Item[] = [];
    for await (const item of small.stores.artifacts.lines(batch!.ref, Item)) items.push(item);
    expect(items).toHaveLength(30);
    expect(items.filter((item) => item.kind === 'answer' && item.label === 'spam')).toHaveLength(10);
    await small.remove();
  });

  it('no golden row: a clear error', async () => {
    const none = await world.dataset(madeRows({train: 3, validation: 3, golden: 0, traffic: 0}, 'n'));
    const inputs = {...(await first()), dataset: none.digest};
    await expect(
      planGauntlet({request: world.request(inputs)}, world.context, quiet()),
    ).rejects.toMatchObject({type: 'EmptySource', message: expect.stringContaining('curation.split.golden')});
  });
});

describe('answers', () => {
  it('are found again: an unchanged release is never asked twice', async () => {
    const inputs = await first();
    const once = await world.run(inputs);
    const asked = engine.asked.length;
    expect(asked).toBeGreaterThan(250);
    const again = await world.run(inputs);
    // Only the proof that the adapter answers is asked anew.
    expect(engine.asked.slice(asked).every(({prompt}) => !prompt.includes('number'))).toBe(true);
    expect(again.answers).toEqual(once.answers);
    expect(again.result).toEqual(once.result);
  });

  it('are asked anew of an engine with other threads, whose times are others', async () => {
    const {artifacts} = world.stores;
    const request = world.request(await first());
    const [batch] = (await planGauntlet({request}, world.context, quiet())).batches;
    const resolved = await artifacts.getJson(request.resolved, ResolvedProject);
    const askedOn = async (part: Partial<typeof world.config.engine>): Promise<number> => {
      const engineNow = {...resolved.config.engine, ...part};
      const changed = {...resolved, config: {...resolved.config, engine: engineNow}};
      const before = engine.asked.length;
      await answerBatch(
        {request: {...request, resolved: await artifacts.putJson(changed)}, batch: batch!},
        world.context,
        quiet(),
      );
      return engine.asked.length - before;
    };
    await prepareGauntlet({request}, world.context, quiet());
    expect(await askedOn({})).toBeGreaterThanOrEqual(batch!.items);
    expect(await askedOn({processes: 7})).toBe(0);
    expect(await askedOn({threads: 2})).toBe(batch!.items);
  });

  it('have the same samples on every run; times stand beside them', async () => {
    const inputs = await first();
    const request = world.request(inputs);
    const plan = await planGauntlet({request}, world.context, quiet());
    await prepareGauntlet({request}, world.context, quiet());
    const batch = plan.batches[0]!;
    const ref = await answerBatch({request, batch}, world.context, quiet());
    const answers = await world.stores.artifacts.getJson(ref, Answers);
    const other = await gauntletWorld({engines: [engine.url]});
    const candidate = await other.adapterRelease(1, other.version.digest);
    const same = other.request({...inputs, release: candidate.digest});
    const otherPlan = await planGauntlet({request: same}, other.context, quiet());
    await prepareGauntlet({request: same}, other.context, quiet());
    const otherRef = await answerBatch({request: same, batch: otherPlan.batches[0]!}, other.context, quiet());
    const otherAnswers = await other.stores.artifacts.getJson(otherRef, Answers);
    expect(otherAnswers.samples.sha256).toBe(answers.samples.sha256);
    const samples: Sample[] = [];
    for await (const sample of world.stores.artifacts.lines(answers.samples, Sample)) samples.push(sample);
    expect(samples).toHaveLength(batch.items);
    expect(samples[0]).toMatchObject({task: 'subject', scores: {pii_leak: 0}, error: null});
    await other.remove();
  });

  it('an engine that was started anew is given its adapters again', async () => {
    const request = world.request(await first());
    const plan = await planGauntlet({request}, world.context, quiet());
    await prepareGauntlet({request}, world.context, quiet());
    engine.forget();
    const ref = await answerBatch({request, batch: plan.batches[0]!}, world.context, quiet());
    expect((await world.stores.artifacts.getJson(ref, Answers)).release).toBe(plan.batches[0]!.release);
  });

  it('an engine that is away fails the attempt and leaves nothing in the cache', async () => {
    const request = world.request(await first());
    const plan = await planGauntlet({request}, world.context, quiet());
    engine.break(503);
    await expect(
      answerBatch({request, batch: plan.batches[0]!}, world.context, quiet()),
    ).rejects.toMatchObject({
      type: 'Unavailable',
    });
    engine.break(null);
    const before = engine.asked.length;
    await answerBatch({request, batch: plan.batches[0]!}, world.context, quiet());
    expect(engine.asked.length - before).toBe(plan.batches[0]!.items);
  });

  it('an item that the engine refuses is an error of the item', async () => {
    const request = world.request(await first());
    const plan = await planGauntlet({request}, world.context, quiet());
    engine.break(400);
    const ref = await answerBatch({request, batch: plan.batches[0]!}, world.context, quiet());
    const {samples} = await world.stores.artifacts.getJson(ref, Answers);
    for await (const sample of world.stores.artifacts.lines(samples, Sample)) {
      expect(sample.error).toContain('scripted failure');
      expect(sample.scores).toEqual({});
    }
    // Errors are not kept: mended, the engine is asked again.
    engine.break(null);
    const before = engine.asked.length;
    await answerBatch({request, batch: plan.batches[0]!}, world.context, quiet());
    expect(engine.asked.length - before).toBe(plan.batches[0]!.items);
  });

  it('personal data in an output is counted, and stored nowhere', async () => {
    const talkative: Script = {...tuned, write: () => ' write to joe.doe@corp-mail.com or call'};
    const leaky = await scriptedEngine(base, talkative);
    const there = await gauntletWorld({engines: [leaky.url]});
    const candidate = await there.adapterRelease(1, there.version.digest);
    const {report, result} = await there.run({
      release: candidate.digest,
      stable: there.base.digest,
      dataset: there.version.digest,
      reason: 'first',
    });
    expect(report.metrics.candidate.pii_leak_rate!.value).toBe(1);
    expect(report.metrics.stable.pii_leak_rate!.value).toBe(0);
    expect(await there.stores.artifacts.getText(result.html)).toMatch(/&lt;EMAIL_[0-9a-f]{8}&gt;/);
    for await (const key of there.stores.objects.list('')) {
      const found = await there.stores.objects.get(key);
      expect(Buffer.from(found!.bytes).toString('latin1'), key).not.toContain('joe.doe');
    }
    await leaky.close();
    await there.remove();
  });

  it('injections go to golden rows and carry the technique; a gullible model falls for them', async () => {
    const gullible: Script = {
      ...tuned,
      choose: (prompt) =>
        /Answer "spam"/.test(prompt)
          ? ' spam'
          : /Answer "ham"/.test(prompt)
            ? ' ham'
            : tuned.choose(prompt, []),
    };
    const naive = await scriptedEngine(base, gullible);
    const there = await gauntletWorld({engines: [naive.url]});
    const candidate = await there.adapterRelease(1, there.version.digest);
    const {report} = await there.run({
      release: candidate.digest,
      stable: there.base.digest,
      dataset: there.version.digest,
      reason: 'first',
    });
    expect(report.metrics.candidate.injection_rate!.value).toBeGreaterThan(0.3);
    expect(report.metrics.stable.injection_rate!.value).toBe(0);
    const sober = await world.run(await first());
    expect(sober.report.metrics.candidate.injection_rate!.value).toBe(0);
    await naive.close();
    await there.remove();
  });
});

describe('the verdict', () => {
  it('a candidate that learned its tasks passes; figures, peers and report are all there', async () => {
    const {result, report} = await world.run(await first());
    expect(result.verdict).toBe('pass');
    expect(report.metrics.candidate.triage_balanced_accuracy).toMatchObject({value: 1, n: 45});
    expect(report.metrics.base.triage_balanced_accuracy!.value).toBe(0.5);
    expect(report.metrics.candidate.subject_rouge_l!.value).toBe(1);
    expect(report.metrics.candidate.validation_perplexity!.value).toBeCloseTo(Math.exp(2), 6);
    expect(report.metrics.base.general_perplexity!.value).toBeCloseTo(Math.exp(5), 6);
    expect(report.baselines.always_ham!.triage_balanced_accuracy!.value).toBe(0.5);
    expect(report.baselines.bag_of_words!.triage_balanced_accuracy!.value).toBe(1);
    expect(report.notes.join(' ')).toContain('no judge is configured');
    const html = await world.stores.artifacts.getText(result.html);
    expect(html).toContain('The one required gate passed.');
    expect(await world.stores.artifacts.getText(result.modelCard)).toContain('# Model card for gauntlet');
    const lines: Sample[] = [];
    for await (const sample of world.stores.artifacts.lines(report.samples.candidate, Sample))
      lines.push(sample);
    expect(lines).toHaveLength(45 + 45 + 8 + 12 + 9 + 9 + 9);
  });

  it('trained on shuffled labels: not pass', async () => {
    const shuffled: Script = {
      ...tuned,
      choose: (prompt) => (/number \d*[02468]\b/.test(prompt) ? ' spam' : ' ham'),
    };
    const other = await scriptedEngine(base, shuffled);
    const there = await gauntletWorld({engines: [other.url]});
    const candidate = await there.adapterRelease(1, there.version.digest);
    const {result} = await there.run({
      release: candidate.digest,
      stable: there.base.digest,
      dataset: there.version.digest,
      reason: 'first',
    });
    expect(result.verdict).not.toBe('pass');
    await other.close();
    await there.remove();
  });

  it('the same release as its own candidate is never better', async () => {
    const inputs = {...(await first()), release: world.base.digest};
    const {result, report} = await world.run(inputs);
    expect(result.verdict).toBe('inconclusive');
    expect(report.gates[0]!.difference).toMatchObject({value: 0});
  });

  it('a judge that is configured but has no key on this worker: inconclusive, with the reason', async () => {
    const there = await gauntletWorld({
      engines: [engine.url],
      gauntlet: {
        gates: [{metric: 'judge_win_rate', test: 'at-least', limit: 0.5}],
        judge: {base_url: 'http://127.0.0.1:9/v1', model: 'j', api_key_env: 'RATCHET_TEST_NO_SUCH_KEY'},
      },
    });
    const candidate = await there.adapterRelease(1, there.version.digest);
    const {report} = await there.run({
      release: candidate.digest,
      stable: there.base.digest,
      dataset: there.version.digest,
    });
    expect(report.gates[0]).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('RATCHET_TEST_NO_SUCH_KEY is not set'),
    });
    await there.remove();
  });

  it('answers that belong to another batch are refused', async () => {
    const inputs = await first();
    const {plan, answers} = await world.run(inputs);
    await expect(
      scoreGauntlet(
        {request: world.request(inputs), plan, answers: [...answers].reverse()},
        world.context,
        quiet(),
      ),
    ).rejects.toMatchObject({type: 'InvalidInput'});
  });
});

describe('a retrain', () => {
  it('gates the new batch by its own slice, and asks stable only what is new', async () => {
    const rows = madeRows({train: 30, validation: 12, golden: 45, traffic: 0});
    const hard = madeRows({train: 0, validation: 0, golden: 45, traffic: 0}, 'new').map((row) => ({
      ...row,
      hard: true,
    }));
    // The stable adapter takes every hard mail for ham; the candidate looks at its number, as the labels do.
    const retrained: Script = {
      ...tuned,
      choose: (prompt) => {
        const hidden = /notice number (\d+)/.exec(prompt);
        return hidden ? (Number(hidden[1]) % 3 === 0 ? ' spam' : ' ham') : tuned.choose(prompt, []);
      },
    };
    const gates = [
      {metric: 'triage_balanced_accuracy', test: 'superiority', slice: 'new_batch', when: 'retrain'},
      {
        metric: 'triage_balanced_accuracy',
        test: 'non-inferiority',
        margin: 0.15,
        slice: 'frozen',
        when: 'retrain',
      },
    ] as const;
    const stableEngine = await scriptedEngine(base, tuned);
    const there = await gauntletWorld({engines: [stableEngine.url], rows, gauntlet: {gates: [...gates]}});
    const stable = await there.adapterRelease(1, there.version.digest);
    await there.run({
      release: stable.digest,
      stable: there.base.digest,
      dataset: there.version.digest,
      reason: 'first',
    });
    const grown = await there.dataset(
      [...rows, ...hard],
      there.version,
      rows.map((row) => row.id),
    );

    // A second engine, whose adapter is the retrained one; stable's old answers come from the store.
    const candidate = await there.adapterRelease(2, grown.digest);
    const inputs = {
      release: candidate.digest,
      stable: stable.digest,
      dataset: grown.digest,
      reason: 'retrain',
    };
    const request = there.request(inputs);
    const plan = await planGauntlet({request}, there.context, quiet());
    const retrainedEngine = await scriptedEngine(base, retrained);
    const asCandidate = {...there.context, engines: [retrainedEngine.url]};
    const before = stableEngine.asked.length;
    const answers = [];
    for (const batch of plan.batches) {
      const context = batch.release === candidate.digest ? asCandidate : there.context;
      answers.push(await answerBatch({request, batch}, context, quiet()));
    }
    const asked = stableEngine.asked.slice(before);
    expect(asked.every(({prompt}) => prompt.includes('notice'))).toBe(true);
    const {verdict, report: ref} = await scoreGauntlet({request, plan, answers}, there.context, quiet());
    expect(verdict).toBe('pass');
    const report = await there.stores.artifacts.getText(ref);
    expect(report).toContain('"new_batch"');
    expect(JSON.parse(report)).toMatchObject({
      gates: [
        {verdict: 'pass', candidate: {value: 1, n: 45}, stable: {value: 0.5}},
        {verdict: 'pass', difference: {n: 45}},
      ],
    });
    await stableEngine.close();
    await retrainedEngine.close();
    await there.remove();
  });
});
