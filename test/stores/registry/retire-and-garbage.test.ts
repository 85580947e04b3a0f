import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {findGarbage, sweep} from '../../../stores/registry/garbage.ts';
import {latestNotRetired, retireRelease} from '../../../stores/registry/retirements.ts';
import {prepare, type Prepared} from '../../cli/prepared-store.ts';
import {STORE_KINDS, title, type OpenedPlace} from '../store-kinds.ts';

/** Everything in these stores is older than this. */
const LATER = new Date(Date.now() + 3_600_000);

describe.each(STORE_KINDS)('$name', (kind) => {
  describe.skipIf(kind.unavailable !== null)(title('retire and gc', kind), () => {
    let place: OpenedPlace;
    let there: Prepared;
    beforeAll(async () => {
      place = await kind.open();
      there = await prepare(place.url);
    });
    afterAll(() => place.remove());

    test('what is named by nothing goes once it is old enough; all else stays, and reads as before', async () => {
      const {stores, candidate, dataset, adapterUri} = there;
      const lost = await stores.artifacts.putBytes('rendered rows of a run that was cancelled', 'text/plain');
      const young = await findGarbage(stores.objects, new Date(Date.now() - 3_600_000));
      expect(young.going).toEqual([]);

      const plan = await findGarbage(stores.objects, LATER);
      expect(plan.going).toEqual([{key: lost.uri, bytes: lost.bytes, why: 'nothing that is kept names it'}]);
      expect(await sweep(stores.objects, plan)).toBe(lost.bytes);
      expect(await stores.artifacts.exists(lost)).toBe(false);
      expect(await stores.objects.head(adapterUri)).not.toBeNull();
      const kept = await stores.registry.dataset('post', dataset.digest);
      for (const ref of [kept.index, kept.provenance, kept.golden])
        expect(await stores.artifacts.exists(ref)).toBe(true);
      const [entry] = await stores.registry.reports('post', candidate.digest);
      expect(await stores.artifacts.exists(entry!.result.html)).toBe(true);
      expect((await findGarbage(stores.objects, LATER)).going).toEqual([]);
    });

    test('what a running run may hold stays, from its start on', async () => {
      const {stores, run} = there;
      const id = 'lifecycle/post/20021204T114636Z-aaaaaa';
      const startedAt = new Date().toISOString();
      await stores.registry.startRun({...run, id, status: 'running', startedAt, endedAt: null});
      const held = await stores.artifacts.putBytes('a shard of the running run', 'text/plain');
      expect((await findGarbage(stores.objects, LATER)).going).toEqual([]);
      await stores.registry.updateRun('post', id, (record) => ({...record, status: 'cancelled'}));
      expect((await findGarbage(stores.objects, LATER)).going.map(({key}) => key)).toEqual([held.uri]);
    });

    test('the stable release cannot be retired; a former one never answers again, and that is audited', async () => {
      const {stores, base, candidate} = there;
      const about = {project: 'post', by: 'anna', why: 'trained on withdrawn data'};
      await expect(
        retireRelease(stores.objects, {...about, release: candidate.digest}),
      ).rejects.toMatchObject({
        type: 'InvalidInput',
        message: expect.stringMatching(/is stable of post and answers now: promote or roll back/),
      });
      const retired = await retireRelease(stores.objects, {...about, release: base.digest});
      expect(await retireRelease(stores.objects, {...about, why: 'again', release: base.digest})).toEqual(
        retired,
      );
      const kinds: string[] = [];
      for await (const {kind: of, actor, data} of stores.audit('post').entries())
        if (of === 'retired') kinds.push(`${actor}: ${String(data['why'])}`);
      expect(kinds).toEqual(['anna: trained on withdrawn data']);
      // Another release of the project is another act.
      await retireRelease(stores.objects, {...about, release: 'e'.repeat(64), why: 'as well'});
      const acts = await Array.fromAsync(stores.audit('post').entries());
      expect(acts.filter(({kind: of}) => of === 'retired')).toHaveLength(2);

      const back = await stores.pointers.rollback('post', base.digest, {by: 'anna', why: 'test'});
      expect(back).toMatchObject({
        status: 'refused',
        reason: expect.stringMatching(/was retired at .* by anna: trained on/),
      });
      // Where nothing answers yet, nothing keeps a release from being retired.
      const idle = {project: 'idle', release: base.digest, by: 'anna', why: 'never used'};
      expect(await retireRelease(stores.objects, idle)).toMatchObject({by: 'anna', why: 'never used'});

      const older = 'a'.repeat(64);
      expect(await latestNotRetired(stores.objects, 'post', [older, base.digest])).toBe(older);
      expect(await latestNotRetired(stores.objects, 'post', [base.digest, older])).toBe(older);
      expect(await latestNotRetired(stores.objects, 'post', [base.digest])).toBeNull();
      const shadow = {release: base.digest, weight: 100};
      const move = {stable: candidate.digest, canary: null, shadow, by: 'rollout', why: 'shadow'};
      expect(await stores.pointers.move('post', () => ({move}))).toMatchObject({status: 'refused'});
      expect(await stores.audit('post').verify()).toMatchObject({breaks: []});
    });
  });
});
