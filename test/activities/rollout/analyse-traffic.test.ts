import {afterEach, beforeEach, expect, it} from 'vitest';
import {analyseTraffic} from '../../../activities/rollout/analyse-traffic.ts';
import {World} from '../monitor/world.ts';

let world: World;
beforeEach(async () => {
  world = await World.begin();
});
afterEach(() => world.project.remove());

interface Request {
  readonly key?: string;
  /** The candidate answers otherwise than stable, and stable is right. */
  readonly wrong?: boolean;
}

/** Requests that both answered, with an analysis of their answers. */
async function asked(requests: readonly Request[] = Array<Request>(90).fill({})) {
  await world.move({shadow: 100});
  for (const [i, {key, wrong}] of requests.entries()) {
    const at = world.at(-1 + i / 3600);
    const by = key === undefined ? {} : {key};
    const seen = world.answer({at, fields: {body: 'a mail'}, ...by});
    const copy = {role: 'shadow', shadowOf: seen.id, unit: seen.unit} as const;
    world.answer({at, release: world.new, output: wrong ? 'spam' : 'ham', ...copy});
    world.say(seen, {correction: 'ham', ...by});
  }
  await world.store();
  const {seq} = (await world.project.context.stores.pointers.read(world.name))!;
  const digest = 'd'.repeat(64);
  const ref = {uri: 'nowhere', sha256: digest, bytes: 0, mediaType: 'text/plain'};
  const digests = {release: world.new, dataset: digest, report: digest};
  const gauntlet = {
    release: world.new,
    stable: world.old,
    verdict: 'pass' as const,
    report: ref,
    html: ref,
    markdown: ref,
    modelCard: ref,
  };
  const since = new Date(world.began - 2 * 3_600_000).toISOString();
  const limits = {failureLimit: 0, inconclusiveLimit: 0, consecutiveErrorLimit: 4};
  return {
    input: {
      project: world.name,
      runId: 'run',
      release: world.new,
      stable: world.old,
      steps: [],
      startedBy: 'a',
      proof: {gauntlet, approval: {status: 'approved' as const, digests, decisions: [], at: since}},
    },
    seq,
    by: 'rollout/run',
    stableSince: since,
    candidateSince: since,
    spec: {
      minSamples: 74,
      interval: 1,
      count: 1,
      initialDelay: 0,
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

it('a key and those that it was rotated from are one', async () => {
  const {stores} = world.project.context;
  const wanted = {name: 'loud', scopes: ['chat' as const], expires: null, rate: null, budget: null};
  const first = await stores.gatewayKeys.create(world.name, wanted, 'anna');
  const {key: second} = await stores.gatewayKeys.rotate(world.name, 'loud', {overlapMs: 1000, by: 'anna'});
  // Of each twenty requests nine come with either; a third of the others' answers are wrong.
  const requests = Array.from({length: 90}, (_, i): Request[] => [
    {key: 'ffffffffffff', wrong: i % 3 === 0},
    ...Array.from({length: 18}, (_, j) => ({key: j % 2 === 0 ? first.key.id : second.id})),
  ]).flat();
  const given = await asked(requests);
  const analysed = await analyseTraffic(given, {stores}, {signal: new AbortController().signal, runId: 'r1'});
  expect(analysed).toMatchObject({
    result: {
      metrics: [
        {
          verdict: 'inconclusive',
          reason: expect.stringContaining(
            `no worse than the margin; but not without the 95 % that came with key ${first.key.id}`,
          ) as string,
        },
        {verdict: 'pass'},
      ],
    },
  });
});
