import {afterEach, expect, it} from 'vitest';
import {analyseTraffic} from '../../../activities/rollout/analyse-traffic.ts';
import {World} from '../monitor/world.ts';

let world: World;
afterEach(() => world.project.remove());

/** Answers of both, with an analysis of their errors. */
async function asked() {
  world = await World.begin();
  await world.move({shadow: 100});
  for (let i = 0; i < 90; i++) {
    const at = world.at(-1 + i / 3600);
    const seen = world.answer({at, fields: {body: 'a mail'}});
    world.answer({at, release: world.new, role: 'shadow', shadowOf: seen.id, unit: seen.unit});
    world.say(seen, {correction: 'ham'});
  }
  await world.store();
  const {seq} = (await world.project.context.stores.pointers.read(world.name))!;
  const digest = 'd'.repeat(64);
  const ref = {uri: 'nowhere', sha256: digest, bytes: 0, mediaType: 'text/plain'};
  const digests = {release: world.new, dataset: digest, report: digest};
  const gauntlet = {
    ...{release: world.new, stable: world.old, verdict: 'pass' as const},
    ...{report: ref, html: ref, markdown: ref, modelCard: ref},
  };
  const since = new Date(world.began - 2 * 3_600_000).toISOString();
  const limits = {failureLimit: 0, inconclusiveLimit: 0, consecutiveErrorLimit: 4};
  return {
    input: {
      ...{
        project: world.name,
        runId: 'run',
        release: world.new,
        stable: world.old,
        steps: [],
        startedBy: 'a',
      },
      proof: {gauntlet, approval: {status: 'approved' as const, digests, decisions: [], at: since}},
    },
    ...{seq, by: 'rollout/run', stableSince: since, candidateSince: since},
    spec: {
      ...{minSamples: 74, interval: 1, count: 1, initialDelay: 0},
      metrics: (['quality', 'error_rate'] as const).map((name) => ({name, margin: 0.1, ...limits})),
    },
  };
}

it('measures in a thread, and ends at once when it is cancelled', async () => {
  const input = await asked();
  const {stores} = world.project.context;
  const measure = (signal: AbortSignal) => analyseTraffic(input, {stores}, {signal, runId: 'r1'});
  const result = await measure(new AbortController().signal);
  expect(result).toMatchObject({
    status: 'measured',
    result: {verdict: 'pass', samples: {stable: 90, canary: 90, paired: 90}},
  });
  await expect(measure(AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
});
