import {afterEach, beforeEach, expect} from 'vitest';
import type {GatewaySettings} from '../../../serving/gateway/settings.ts';
import type {Scope} from '../../../schemas/gateway-key.ts';
import type {ReleaseV1} from '../../../schemas/release.ts';
import type {Feedback, Trace} from '../../../schemas/trace.ts';
import type {IssuedKey, NewKey} from '../../../stores/access/gateway-keys.ts';
import {projectStore, PROJECT, type ProjectStore} from '../project-store.ts';
import {fakeEngine, type CompletionCall, type FakeEngine} from './fake-engine.ts';
import {testGateway, traces, type TestGateway} from './running-gateway.ts';

/** What a test of the gateway has around it: a store, two engines, a release to answer with. */
class GatewayBed {
  store!: ProjectStore;
  engines: FakeEngine[] = [];
  /** Answers unless the test deploys another. */
  base!: ReleaseV1;
  private running: TestGateway[] = [];

  async setUp(): Promise<void> {
    this.store = await projectStore();
    this.engines = [await fakeEngine(), await fakeEngine()];
    this.base = await this.store.release();
  }

  async tearDown(): Promise<void> {
    await this.stop();
    await Promise.all(this.engines.map((engine) => engine.kill()));
    await this.store.remove();
  }

  /** The gateway over what was deployed; over `base` where nothing was. */
  async start(more: Partial<GatewaySettings> = {}): Promise<TestGateway> {
    if ((await this.store.stores.pointers.read(PROJECT)) === null) await this.store.deploy(this.base);
    return this.open(more);
  }

  /** The gateway over what was deployed, be it nothing. */
  async open(more: Partial<GatewaySettings> = {}): Promise<TestGateway> {
    const gateway = await testGateway(this.store, this.engines, more);
    this.running.push(gateway);
    return gateway;
  }

  /** Stops the gateway, which writes out what it holds. */
  async stop(): Promise<void> {
    await Promise.all(this.running.splice(0).map((gateway) => gateway.stop()));
  }

  /** A release that can be told from `base`: its answers are 9 tokens long at most. */
  shorter(): Promise<ReleaseV1> {
    const {prompts} = this.base;
    return this.store.release({prompts: {...prompts, triage: {...prompts.triage!, maxOutputTokens: 9}}});
  }

  /** A key to chat with, unless `more` says what else. */
  newKey(more: Partial<NewKey> = {}): Promise<IssuedKey> {
    const wanted = {name: 'app', scopes: ['chat'] as Scope[], expires: null, rate: null, budget: null};
    return this.store.stores.gatewayKeys.create(PROJECT, {...wanted, ...more}, 'test');
  }

  /** What the engines were asked. */
  calls(): CompletionCall[] {
    return this.engines.flatMap((engine) => engine.calls);
  }

  /** Traces that are in the store now. */
  traces(): Promise<Trace[]> {
    return traces(this.store);
  }

  /** Feedback that is in the store now. */
  async feedback(): Promise<Feedback[]> {
    const given: Feedback[] = [];
    const always = {from: 0, to: Number.MAX_SAFE_INTEGER};
    for await (const one of this.store.stores.traces.readFeedback(PROJECT, always)) given.push(one);
    return given;
  }
}

/** A bed that is made anew before each test of the calling file, and gone after it. */
export function gatewayBed(): GatewayBed {
  const bed = new GatewayBed();
  beforeEach(() => bed.setUp());
  afterEach(() => bed.tearDown());
  return bed;
}

/** The header of a request with this key. */
export const bearer = (token: string) => ({authorization: `Bearer ${token}`});

/** The machine may be busy: what will come is waited for. */
export const until = <T>(read: () => T) => expect.poll(read, {timeout: 40_000});
