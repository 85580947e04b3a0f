import {describe, expect, test} from 'vitest';
import {begun, digest, ref, rolledOut, runBed} from './run-bed.ts';

runBed();

describe.concurrent('a run ends', () => {
  test.each([
    ['refused', 'fail'],
    ['inconclusive', 'inconclusive'],
  ] as const)(
    '%s where a required gate is %s: nobody is asked, and nothing is rolled out',
    async (status, verdict) => {
      const t = begun({verdict});
      const handle = await t.start();
      expect(await handle.result()).toMatchObject({
        status,
        approval: null,
        rollout: null,
        reason: `a required gate is ${verdict}: see ratchet report eeeeeeeeeeee`,
      });
      expect([await t.approval.status(), await t.rollout.status()]).toEqual([undefined, undefined]);
      expect(await handle.query('progress')).toMatchObject({
        status: 'done',
        stages: [{}, {}, {stage: 'gauntlet', status: 'cached'}, {status: 'skipped'}, {status: 'skipped'}],
      });
    },
  );

  test('rejected where one person rejects: nothing is rolled out', async () => {
    const t = begun();
    const handle = await t.start();
    await t.approval.becomes('RUNNING');
    await t.decides('ben', 'reject');
    expect(await handle.result()).toMatchObject({status: 'rejected', reason: 'rejected: ben', rollout: null});
    expect(await t.rollout.status()).toBeUndefined();
  });

  test('expired where nobody decides in time: nothing is rolled out', async () => {
    const approval = {required: 1, starterMayApprove: true, timeoutMs: 200, reminderMs: 3_600_000};
    const t = begun({plan: {approval}});
    const handle = await t.start();
    expect(await handle.result()).toMatchObject({
      status: 'expired',
      reason: 'nobody decided before the deadline',
      rollout: null,
    });
    expect(await t.rollout.status()).toBeUndefined();
  });

  test.each([
    ['fell_back', 'fell_back'],
    ['refused', 'fell_back'],
    ['superseded', 'superseded'],
  ])('where its rollout is %s: %s, and nothing is kept as promoted', async (rollout, status) => {
    const t = await rolledOut();
    await t.rollout.handle.signal('end', rollout);
    expect(await t.handle.result()).toMatchObject({status, rollout: {status: rollout}});
    expect(t.called).not.toContain('outcome kept');
  });

  test('promoted: the outcome is kept, and a monitor watches the project from then on, once', async () => {
    for (const _ of [1, 2]) {
      const t = await rolledOut();
      await t.rollout.handle.signal('end', 'promoted');
      expect(await t.handle.result()).toMatchObject({status: 'promoted'});
      expect(t.called).toContain('outcome kept');
      expect(await t.monitor.status()).toBe('RUNNING');
    }
  });
});

describe.concurrent('a candidate that is or was stable', () => {
  const decided = {status: 'approved', digests: {}, decisions: [], at: ''};
  const former = (report: string) => ({
    v: 1,
    run: 'lifecycle/mail/of-then',
    release: digest('e'),
    first: false,
    gauntlet: {stable: digest('9'), report: ref(report)},
    approval: decided,
    rollout: {status: 'promoted', release: digest('e'), steps: [], reason: 'of then'},
  });
  const gauntlet = (t: ReturnType<typeof begun>) =>
    t.world.asked.find(({stage}) => stage === 'gauntlet')!.inputs;

  test('is judged against what was stable then, and comes back as it was decided', async () => {
    const t = begun({former: former('1')});
    const handle = await t.start();
    expect(await handle.result()).toMatchObject({
      status: 'cached',
      parent: digest('9'),
      stable: digest('b'),
      approval: decided,
      rollout: {reason: 'of then'},
      cached: ['curate', 'train', 'gauntlet', 'approval', 'rollout'],
    });
    // The run is a first one by its plan; the candidate was no first one.
    expect(gauntlet(t)).toMatchObject({stable: digest('9'), reason: 'retrain'});
    expect(t.called).not.toContain('report kept');
    expect(await t.approval.status()).toBeUndefined();
  });

  test('and has another report by the gates of today: that is kept', async () => {
    const t = begun({former: former('8')});
    await (await t.start()).result();
    expect(t.called).toContain('report kept');
  });

  test('and does not pass the gates of today: the reason says who released it', async () => {
    const t = begun({former: former('1'), verdict: 'inconclusive'});
    expect(await (await t.start()).result()).toMatchObject({
      status: 'inconclusive',
      reason: expect.stringContaining('though lifecycle/mail/of-then released it') as string,
    });
  });
});

describe.concurrent('what a run asks of its stages', () => {
  const asked = async (plan: object) => {
    const t = begun({verdict: 'fail', plan});
    await (await t.start()).result();
    return t.world.asked;
  };

  test('from the base: no adapter to begin with, a first candidate, no policy', async () => {
    const [, train, gauntlet] = await asked({});
    expect(train).toMatchObject({stage: 'train', inputs: {dataset: digest('d'), init: ''}, refs: {}});
    expect(gauntlet!.inputs).toEqual({
      release: digest('e'),
      stable: digest('b'),
      base: digest('b'),
      dataset: digest('d'),
      reason: 'first',
    });
  });

  test('from the stable release: its adapter, a retrain, the policy in force', async () => {
    const init = {digest: digest('5'), safetensors: ref('6'), config: ref('7')};
    const [, train, gauntlet] = await asked({
      init,
      first: false,
      sweep: true,
      policy: digest('4'),
      base: digest('3'),
    });
    expect(train).toMatchObject({
      stage: 'sweep',
      inputs: {init: digest('5')},
      refs: {initWeights: ref('6'), initConfig: ref('7')},
    });
    expect(gauntlet!.inputs).toMatchObject({reason: 'retrain', policy: digest('4'), base: digest('3')});
  });
});
