import {afterEach, beforeEach, expect, test} from 'vitest';
import {planGauntlet} from '../../../activities/gauntlet/activities.ts';
import {Report} from '../../../schemas/report.ts';
import {gauntletWorld, quiet} from './gauntlet-world.ts';
import {scriptedEngine, type Script} from './scripted-engine.ts';

const base: Script = {choose: () => ' ham', write: () => ' the', nll: 5};
const tuned: Script = {
  choose: (prompt) => (prompt.includes('offer') ? ' spam' : ' ham'),
  write: (prompt) => ` ${/about the (\w+ number \d+)/.exec(prompt)?.[1] ?? 'mail'}`,
  nll: 2,
};
const GATES = [{metric: 'triage_accuracy', test: 'non-inferiority', margin: 0.2, when: 'retrain'}] as const;

let engine: Awaited<ReturnType<typeof scriptedEngine>>;
let world: Awaited<ReturnType<typeof gauntletWorld>>;
const anchored = async (anchor?: string) => {
  const gauntlet = {gates: [...GATES], ...(anchor === undefined ? {} : {anchor})};
  world = await gauntletWorld({engines: [engine.url], gauntlet});
  const first = await world.adapterRelease(1, world.version.digest);
  const second = await world.adapterRelease(2, world.version.digest, first.digest);
  const third = await world.adapterRelease(3, world.version.digest, second.digest);
  return {first, second, third};
};
const of = (release: {digest: string}, stable: {digest: string}) => ({
  release: release.digest,
  stable: stable.digest,
  dataset: world.version.digest,
  reason: 'retrain',
});
beforeEach(async () => {
  engine = await scriptedEngine(base, tuned);
});
afterEach(async () => {
  await engine.close();
  await world.remove();
});

test('the first trained release is asked, too, once; the report compares with it and shows the way', async () => {
  const {first, second, third} = await anchored('first');
  const {pointers, registry, artifacts} = world.stores;
  await pointers.bootstrap('gauntlet-test', world.base.digest, {by: 'test', why: 'bootstrap'});
  const stable = await world.run(of(second, first));
  await registry.putReport({
    v: 1,
    project: 'gauntlet-test',
    at: '2002-12-03T11:46:36.000Z',
    run: 'r',
    result: stable.result,
  });
  const {result, answers} = await world.run(of(third, second));
  const report = await artifacts.getJson(result.report, Report);
  expect(report.anchor).toMatchObject({release: first.digest, metrics: {triage_accuracy: {n: 45}}});
  expect(report.gates.map(({spec, verdict}) => [spec.metric, spec.against ?? 'stable', verdict])).toEqual([
    ['triage_accuracy', 'stable', 'pass'],
    ['triage_accuracy', 'anchor', 'pass'],
  ]);
  const markdown = (await artifacts.getBytes(result.markdown)).toString();
  const way = markdown.split('## Since the anchor')[1]!.split('##')[0]!;
  expect(way).toMatch(new RegExp(`${first.digest.slice(0, 12)}, the anchor`));
  expect(way).toContain(`| ${second.digest.slice(0, 12)} | 2002-12-03 |`);
  expect(way).toMatch(new RegExp(`${third.digest.slice(0, 12)}, the candidate`));
  const page = (await artifacts.getBytes(result.html)).toString();
  expect(page).toContain('Since the anchor');

  const asked = engine.asked.length;
  expect((await world.run(of(third, second))).answers).toEqual(answers);
  // Only the proof that each adapter answers is asked anew.
  expect(engine.asked.slice(asked).every(({prompt}) => !prompt.includes('number'))).toBe(true);
});

test('where stable is the anchor nothing is asked twice, and while it is the bare base there is none yet', async () => {
  const {first, second} = await anchored('first');
  const asked = async (inputs: Record<string, string>) => {
    const plan = await planGauntlet({request: world.request(inputs)}, world.context, quiet());
    return new Set(plan.batches.map(({release}) => release));
  };
  expect(await asked(of(second, first))).toEqual(new Set([second.digest, first.digest, world.base.digest]));
  const alone = new Set([first.digest, world.base.digest]);
  expect(await asked({...of(first, world.base), reason: 'first'})).toEqual(alone);
});

test('a digest names any release; one that is none is told with the setting', async () => {
  await anchored('f'.repeat(64));
  const [first, second] = [
    await world.adapterRelease(4, world.version.digest),
    await world.adapterRelease(5, world.version.digest),
  ];
  await expect(
    planGauntlet({request: world.request(of(second, first))}, world.context, quiet()),
  ).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringMatching(/^gauntlet\.anchor: expected a release of/),
  });
});
