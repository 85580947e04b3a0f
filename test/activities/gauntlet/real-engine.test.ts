import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {Sample} from '../../../schemas/report.ts';
import {startEngine, type EngineProcess} from '../../serving/engine/engine-process.ts';
import {answerBatch, planGauntlet} from '../../../activities/gauntlet/activities.ts';
import {Answers} from '../../../activities/gauntlet/item.ts';
import {gauntletWorld, madeRows, quiet} from './gauntlet-world.ts';

let engine: EngineProcess;
beforeAll(async () => {
  engine = await startEngine('--port', '0');
}, 120_000);
afterAll(async () => {
  await engine.stop();
});

async function small() {
  const world = await gauntletWorld({
    engines: [engine.url],
    rows: madeRows({train: 12, validation: 4, golden: 6, traffic: 0}),
    gauntlet: {
      general_rows: 4,
      probe_rows: 3,
      perplexity_rows: 4,
      gates: [
        {metric: 'triage_balanced_accuracy', test: 'superiority'},
        {metric: 'general_perplexity', test: 'non-inferiority', margin: 1},
      ],
    },
  });
  const candidate = await world.adapterRelease(3, world.version.digest);
  const inputs = {
    release: candidate.digest,
    stable: world.base.digest,
    dataset: world.version.digest,
    reason: 'first',
  };
  return {world, inputs};
}

/** The default model on a real engine, with a random adapter that knows nothing. */
describe('the gauntlet on the real model', {timeout: 600_000}, () => {
  it('gives a report, not a pass, and the same samples in another store', async () => {
    const {world, inputs} = await small();
    const {report, plan, answers} = await world.run(inputs);
    expect(report.verdict).not.toBe('pass');
    expect(report.errors).toBe(0);
    const {base, candidate} = report.metrics;
    // A model of 135 million parameters on plain English: far better than chance over 49,152 tokens, far from certain.
    expect(base.general_perplexity!.value).toBeGreaterThan(1.2);
    expect(base.general_perplexity!.value).toBeLessThan(200);
    expect(candidate.general_perplexity!.value).not.toBe(base.general_perplexity!.value);
    expect(candidate.latency_p50_ms!.value).toBeGreaterThan(0);
    const samples: Sample[] = [];
    for await (const sample of world.stores.artifacts.lines(report.samples.base, Sample))
      samples.push(sample);
    for (const {task, output} of samples) if (task === 'triage') expect(['spam', 'ham']).toContain(output);
    for (const sample of samples) expect(sample.promptTokens, sample.item).toBeGreaterThan(0);

    const other = await small();
    const request = other.world.request(other.inputs);
    for (const [i, batch] of plan.batches.entries()) {
      if (!/candidate · (triage|general|jailbreaks)/.test(batch.title)) continue;
      const again = await answerBatch(
        {request, batch: (await planned()).batches[i]!},
        other.world.context,
        quiet(),
      );
      expect((await other.world.stores.artifacts.getJson(again, Answers)).samples.sha256, batch.title).toBe(
        (await world.stores.artifacts.getJson(answers[i]!, Answers)).samples.sha256,
      );
    }
    await world.remove();
    await other.world.remove();

    function planned() {
      return planGauntlet({request}, other.world.context, quiet());
    }
  });
});
