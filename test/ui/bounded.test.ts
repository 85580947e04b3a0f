import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {Client} from '@temporalio/client';
import type {RunRecord} from '../../schemas/run.ts';
import {storesOver} from '../../stores/stores.ts';
import type {UiProject} from '../../ui/projects.ts';
import {MemoryStore} from '../stores/memory-store.ts';
import {configOf, readOnly, Visitor} from './site.ts';

const NEVER = new Promise<never>(() => undefined);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A project of a store whose reads under `hung` never end, with what asks for its Temporal. */
function project(
  name: string,
  {hung, temporal}: {hung?: string; temporal?: () => Promise<Client>} = {},
): UiProject {
  const objects = new MemoryStore(new Map(), (_what, key) =>
    hung !== undefined && key.startsWith(hung) ? NEVER : undefined,
  );
  const away = () => Promise.reject(new Error('the stack is down'));
  return {
    config: configOf(name),
    folder: '/',
    command: 'ratchet',
    stores: readOnly({objects}),
    temporal: temporal ?? away,
  };
}

async function entered(projects: Readonly<Record<string, UiProject>>): Promise<Visitor> {
  return new Visitor(projects).enter();
}

describe('a store that does not answer', () => {
  test('is said to be so within 10 seconds', async () => {
    const browser = await entered({post: project('post', {hung: 'pointers/'})});
    const asked = browser.get('/post/releases');
    await vi.advanceTimersByTimeAsync(10_000);
    const {status, text} = await asked;
    expect(status).toBe(503);
    expect(text).toContain('The store did not answer within 10 s');
  });

  test('does not hold up the other projects of the list', async () => {
    const browser = await entered({slow: project('slow', {hung: 'pointers/'}), quick: project('quick')});
    const asked = browser.get('/');
    await vi.advanceTimersByTimeAsync(5000);
    const {status, text} = await asked;
    expect(status).toBe(200);
    expect(text).toContain('slow – – – Its store cannot be read: it did not answer within 5 s');
    expect(text).toContain('quick – no run yet');
  });

  test('keeps no more than 16 pages waiting: the next is refused at once, and pages of nothing hung still come', async () => {
    const browser = await entered({post: project('post', {hung: 'pointers/'})});
    const hung = Array.from({length: 16}, () => browser.get('/post/releases'));
    await vi.advanceTimersByTimeAsync(10_000);
    for (const one of hung) expect((await one).status).toBe(503);
    // Given up, but still under way in the store.
    const {status, text} = await browser.get('/post/releases');
    expect(status).toBe(503);
    expect(text).toContain('16 pages are being made already');
  });
});

describe('a Temporal that does not answer', () => {
  test('leaves what the store knows, after 6 seconds, and at once for the next 5', async () => {
    let asked = 0;
    const temporal = () => {
      asked += 1;
      return NEVER;
    };
    const stored = storesOver(new MemoryStore());
    const run: RunRecord = {
      v: 1,
      id: 'lifecycle/post/20021203T114636Z-k3f9qa',
      project: 'post',
      status: 'running',
      startedBy: 'anna',
      reason: 'first',
      startedAt: '2002-12-03T11:46:36.000Z',
      endedAt: null,
      links: {},
      stages: {approval: {status: 'waiting', startedAt: '2002-12-03T11:50:00.000Z', endedAt: null}},
      release: 'a'.repeat(64),
      dataset: 'b'.repeat(64),
    };
    await stored.registry.startRun(run);
    const browser = await entered({post: {...project('post', {temporal}), stores: readOnly(stored)}});

    const page = browser.get('/post/approvals');
    await vi.advanceTimersByTimeAsync(6000);
    const {status, text} = await page;
    expect(status).toBe(200);
    expect(text).toContain('Temporal does not answer, so this is what the store knows');
    expect(text).toContain('(Temporal did not answer within 6 s)');
    expect(text).toContain('run 20021203T114636Z-k3f9qa , started by anna');
    // Without Temporal nobody knows which execution a decision would name.
    expect(text).toContain('run, of the approval not known: Temporal does not answer');

    expect((await browser.get('/post/runs/20021203T114636Z-k3f9qa')).text).toContain('within 6 s');
    expect(asked).toBe(1);
    await vi.advanceTimersByTimeAsync(5000);
    const later = browser.get('/post/drift');
    await vi.advanceTimersByTimeAsync(6000);
    expect((await later).status).toBe(200);
    expect(asked).toBe(2);
  });
});

describe('an audit chain', () => {
  test('is checked beside the page, which comes after two seconds at most, and shows the result later', async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const behind = new MemoryStore();
    await storesOver(behind).audit('post').append({kind: 'schedule', actor: 'anna', data: {}});
    const texts = behind.through((what, key) =>
      what === 'get' && key.startsWith('pointers/') ? gate : undefined,
    );
    const browser = await entered({post: {...project('post'), stores: readOnly({objects: texts})}});

    const page = browser.get('/post/audit');
    await vi.advanceTimersByTimeAsync(2000);
    const {text} = await page;
    expect(text).toContain('The chain is being checked: reload the page');
    expect(text).toContain('schedule anna');
    go();
    expect((await browser.get('/post/audit')).text).toContain('holds 1 entry, checked');
  });

  test('that was changed says which entry, and shows the others', async () => {
    const objects = new MemoryStore();
    const chain = storesOver(objects).audit('post');
    for (const actor of ['anna', 'ben', 'carl']) await chain.append({kind: 'schedule', actor, data: {}});
    const key = 'audit/post/000000000001.json';
    const {bytes} = (await objects.get(key))!;
    await objects.put(key, Buffer.from(bytes).toString().replace('ben', 'eve'));
    await objects.put('audit/post/000000000002.json', '{');
    const browser = await entered({post: {...project('post'), stores: readOnly({objects})}});
    const {text} = await browser.get('/post/audit');
    expect(text).toContain('entry 1: its content was altered');
    expect(text).toContain('audit/post/000000000002.json');
    expect(text).toContain('schedule eve');
    expect(text).toContain('schedule anna');
  });
});

describe('a list', () => {
  test('of audit entries comes page by page', async () => {
    const objects = new MemoryStore();
    const chain = storesOver(objects).audit('post');
    for (let i = 0; i < 60; i += 1) await chain.append({kind: 'schedule', actor: `actor-${i}`, data: {}});
    const browser = await entered({post: {...project('post'), stores: readOnly({objects})}});
    const first = await browser.get('/post/audit');
    expect(first.text).toContain('actor-59');
    expect(first.text).toContain('actor-10 ');
    expect(first.text).not.toContain('actor-9 ');
    expect(first.links).toContain('/post/audit?before=10');
    const second = await browser.get('/post/audit?before=10');
    expect(second.text).toContain('actor-9 ');
    expect(second.text).toContain('actor-0 ');
    expect(second.text).not.toContain('Older');
  });

  test('of runs reads as many records as it shows', async () => {
    const behind = new MemoryStore();
    const {registry} = storesOver(behind);
    for (let i = 0; i < 60; i += 1)
      await registry.startRun({
        v: 1,
        id: `lifecycle/post/20021203T11${String(i).padStart(2, '0')}36Z-k3f9qa`,
        project: 'post',
        status: 'done',
        startedBy: 'anna',
        reason: 'hand',
        startedAt: '2002-12-03T11:46:36.000Z',
        endedAt: null,
        links: {},
        stages: {},
      });
    let read = 0;
    const objects = behind.through((_what, key, when) => {
      if (when === 'before' && key.startsWith('runs/')) read += 1;
      return undefined;
    });
    const browser = await entered({post: {...project('post'), stores: readOnly({objects})}});
    const {links, text} = await browser.get('/post/runs');
    expect(read).toBe(50);
    expect(text).toContain('20021203T115936Z-k3f9qa');
    expect(links).toContain('/post/runs?show=200');
  });
});
