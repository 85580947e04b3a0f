import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi} from 'vitest';
import type {ActivityContext} from '../../../activities/context.ts';
import {onAnEngine} from '../../../activities/engines/on-an-engine.ts';
import type {ReleaseV1} from '../../../schemas/release.ts';
import {EnginesAtWork} from '../../../serving/gateway/engines-at-work.ts';
import type {GatewaySettings} from '../../../serving/gateway/settings.ts';
import {fakeEngine, type FakeEngine} from '../gateway/fake-engine.ts';
import {projectStore, type ProjectStore} from '../project-store.ts';

let store: ProjectStore;
let base: ReleaseV1;
let tuned: ReleaseV1;
beforeAll(async () => {
  store = await projectStore();
  base = await store.release();
  tuned = await store.release({adapter: await store.adapter({seed: 1, layers: 1})});
});
afterAll(() => store.remove());

let first: FakeEngine;
let second: FakeEngine;
const gateways: EnginesAtWork[] = [];
beforeEach(async () => {
  [first, second] = [await fakeEngine(), await fakeEngine()];
});
afterEach(async () => {
  for (const gateway of gateways.splice(0)) gateway.close();
  await Promise.all([first.kill(), second.kill()]);
});

/** Asks the engines on a release's behalf. */
type Ask = (release: ReleaseV1) => Promise<string>;
interface Use {
  readonly name: string;
  /** Over the engines at these URLs. */
  readonly over: (engines: readonly string[]) => Promise<Ask>;
  /** What it fails with where no engine answers… */
  readonly away: object;
  /** …and where an engine refuses the question. */
  readonly refused: object;
}

const USES: readonly Use[] = [
  {
    name: 'a gateway',
    over: async (urls) => {
      const settings = {
        engines: urls,
        service: null,
        engineKey: undefined,
        adapterFolder: join(store.folder, 'adapters'),
        adaptersOnEngines: undefined,
        timeoutMs: 10_000,
        concurrent: null,
        pollMs: 20,
      } as Partial<GatewaySettings> as GatewaySettings;
      const {artifacts} = store.stores;
      const engines = await EnginesAtWork.open(settings, {artifacts, tracing: null, say: () => undefined});
      gateways.push(engines);
      const request = {prompt: 'hello', max_tokens: 3, temperature: 0};
      return async (release) => (await engines.completions.complete(release, request, {})).text;
    },
    away: {status: 503, code: 'engine_unavailable', message: 'no engine answers: try again shortly'},
    refused: {status: 400, code: 'prompt_refused'},
  },
  {
    name: 'an activity',
    over: async (engines) => {
      const context = {
        engines,
        stores: store.stores,
        adapterFolder: join(store.folder, 'adapters'),
      } as Partial<ActivityContext> as ActivityContext;
      const config = {engine: {target: 'embedded', processes: 2, threads: 1, context: 512}} as const;
      return async (release) =>
        onAnEngine(context, config, release, async (client, model) => {
          const asked = {prompt: 'hello', maxTokens: 3, temperature: 0, stop: []};
          return (await client.complete({...asked, model})).text;
        });
    },
    away: {type: 'Unavailable', message: expect.stringContaining('does not answer') as string},
    refused: {type: 'InvalidInput', message: expect.stringContaining('answered 400') as string},
  },
];

describe.each(USES)('$name', ({over, away, refused}) => {
  const asked = () => [first.calls.length, second.calls.length];

  test('asks engines in turn, and not one that is busy', async () => {
    const ask = await over([first.url, second.url]);
    for (let i = 0; i < 4; i++) await ask(base);
    expect(asked()).toEqual([2, 2]);
    const {promise, resolve} = Promise.withResolvers<string>();
    first.answer = () => promise;
    const held = [ask(base), ask(base)];
    await Promise.any(held);
    for (let i = 0; i < 3; i++) await ask(base);
    expect(asked()[0]).toBe(3);
    resolve(' late');
    expect((await Promise.all(held)).toSorted()).toEqual([' an answer', ' late']);
  });

  test('passes over one that does not answer, for a while after it is back', async () => {
    vi.useFakeTimers({toFake: ['Date']});
    const ask = await over([first.url, second.url]);
    await first.kill();
    expect(await ask(base)).toBe(' an answer');
    await first.listen();
    for (let i = 0; i < 3; i++) await ask(base);
    expect(asked()).toEqual([0, 4]);
    vi.useRealTimers();
  });

  test('fails where none answers, and asks again those that failed', async () => {
    const ask = await over([first.url, second.url]);
    await Promise.all([first.kill(), second.kill()]);
    await expect(ask(base)).rejects.toMatchObject(away);
    await Promise.all([first.listen(), second.listen()]);
    expect(await ask(base)).toBe(' an answer');
  });

  test('puts a question that one refuses to no other', async () => {
    const ask = await over([first.url, second.url]);
    first.status = second.status = 400;
    await expect(ask(base)).rejects.toMatchObject(refused);
    expect(asked()).toEqual([1, 0]);
  });

  test('gives an adapter back to one that was started anew', async () => {
    const name = `mail@${tuned.adapter!.digest.slice(0, 12)}`;
    const ask = await over([first.url]);
    await ask(tuned);
    await first.kill();
    await first.listen();
    await ask(tuned);
    expect([...first.adapters]).toEqual([name]);
    expect(first.calls.map(({model}) => model)).toEqual([name, name]);
  });
});
