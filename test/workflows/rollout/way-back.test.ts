import {describe, expect, it} from 'vitest';
import * as rolloutActivities from '../../../activities/rollout/activities.ts';
import {RatchetError} from '../../../schemas/errors.ts';
import type {ErrorType} from '../../../schemas/errors.ts';
import {registered} from '../project-of.ts';
import {analysis, CLIMB, rolloutBed} from './rollout-bed.ts';

const bed = rolloutBed();

describe('a rollout ends with weight 0', () => {
  it('when the engines do not serve the adapter', async () => {
    const prepareEngines = registered(
      {
        prepareEngines: () =>
          Promise.reject(new RatchetError('AdapterNotServed', 'it answers as the base does')),
      },
      bed.project.context,
    );
    const handle = await bed.start(await bed.permittedInput(CLIMB), prepareEngines);
    expect(await handle.result()).toMatchObject({status: 'fell_back', reason: 'it answers as the base does'});
    expect(await bed.deployment()).toMatchObject({stable: bed.stable, canary: null, shadow: null});
  });

  it('when a step fails for good, and though the way back fails at first', async () => {
    const real = registered(rolloutActivities, bed.project.context) as Record<
      string,
      (input: unknown) => Promise<unknown>
    >;
    let away = 2;
    const change = {
      setWeight: registered(
        {setWeight: () => Promise.reject(new RatchetError('AccessDenied' satisfies ErrorType, 'no key'))},
        bed.project.context,
      )['setWeight'],
      fallBack: async (input: unknown) => {
        if (away-- > 0) throw new Error('the store is away');
        return real['fallBack']!(input);
      },
    };
    const handle = await bed.start(await bed.permittedInput([{setShadow: 100}, {setWeight: 10}]), change);
    expect(await handle.result()).toMatchObject({status: 'fell_back', reason: 'no key'});
    expect(await bed.deployment()).toMatchObject({stable: bed.stable, canary: null, shadow: null});
  });

  it.each(['DiskFull', 'AccessDenied'] as const)(
    'when nothing can be written for a while (%s): the way back waits for whoever mends it',
    async (type) => {
      const {stores} = bed.project.context;
      let broken = 3;
      const pointers = new Proxy(stores.pointers, {
        get: (target, name) =>
          name === 'move'
            ? async (...args: Parameters<typeof target.move>) => {
                if (broken-- > 0) throw new RatchetError(type, 'mend it');
                return target.move(...args);
              }
            : (Reflect.get(target, name) as () => unknown).bind(target),
      });
      const context = {...bed.project.context, stores: {...stores, pointers}};
      const {fallBack} = registered(rolloutActivities, context);
      const change = {
        fallBack,
        ...registered({analyseTraffic: () => Promise.reject(new RatchetError(type, 'mend it'))}, context),
      };
      const steps = [{setWeight: 50}, analysis({interval: 0.05}, {consecutiveErrorLimit: 1})];
      const handle = await bed.start(await bed.permittedInput(steps), change);
      expect(await handle.result()).toMatchObject({status: 'fell_back'});
      expect(broken).toBeLessThan(0);
      expect(await bed.deployment()).toMatchObject({stable: bed.stable, canary: null});
    },
  );

  it('when measurements cannot be taken', async () => {
    const analyseTraffic = registered(
      {analyseTraffic: () => Promise.reject(new RatchetError('AccessDenied', 'no traces'))},
      bed.project.context,
    );
    const steps = [{setWeight: 10}, analysis({interval: 0.05}, {consecutiveErrorLimit: 1})];
    const handle = await bed.start(await bed.permittedInput(steps), analyseTraffic);
    expect(await handle.result()).toMatchObject({
      status: 'fell_back',
      reason: '2 measurements in a row failed: no traces',
    });
    expect(await bed.deployment()).toMatchObject({stable: bed.stable, canary: null});
  });
});

describe('a move that is under way', () => {
  type Acts = Record<string, (input: unknown) => Promise<unknown>>;
  const acts = (): Acts =>
    registered(rolloutActivities, {
      ...bed.project.context,
      client: () => Promise.resolve(bed.workers!.client),
    }) as Acts;
  const whys = async (): Promise<string[]> =>
    (await bed.project.audited())
      .filter(({kind}) => kind === 'pointer')
      .map(({data}) => String(data['why']).split(':')[0]!);

  it('of a promotion ends before a cancellation does: promoted, not taken back in between', async () => {
    const inside = Promise.withResolvers<void>();
    const cancelled = Promise.withResolvers<void>();
    const handle = await bed.start(await bed.permittedInput([{setWeight: 10}]), {
      promote: async (input: unknown) => {
        inside.resolve();
        await cancelled.promise;
        return acts()['promote']!(input);
      },
    });
    await inside.promise;
    await handle.cancel();
    // The workflow has seen it: its task behind the request is done.
    await expect
      .poll(
        async () => {
          const {events} = await handle.fetchHistory();
          const at = events!.findIndex((event) => event.workflowExecutionCancelRequestedEventAttributes);
          return at >= 0 && events!.slice(at).some((event) => event.workflowTaskCompletedEventAttributes);
        },
        {timeout: 30_000, interval: 50},
      )
      .toBe(true);
    expect(await whys()).toEqual(['canary 10 %']);
    cancelled.resolve();
    expect(await handle.result()).toMatchObject({status: 'promoted'});
    expect(await whys()).toEqual(['canary 10 %', 'promoted to stable']);
    expect((await bed.deployment()).stable).toBe(bed.candidate);
  });
});
