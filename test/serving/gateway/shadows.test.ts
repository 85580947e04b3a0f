import {describe, expect, test} from 'vitest';
import {gatewayBed, until} from './gateway-bed.ts';

const bed = gatewayBed();

describe('a shadow', () => {
  test('gets copies after the answer: traced, and never seen', async () => {
    const shadow = await bed.shorter();
    await bed.store.deploy(bed.base, {shadow: [shadow, 100]});
    const running = await bed.start();
    for (const engine of bed.engines) engine.answer = ({max_tokens}) => (max_tokens === 9 ? ' ham' : ' spam');
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await running.chat({user: 'u', metadata: {row: `r${i}`}}));
    expect(answers.map(({body}) => body.choices[0]!.message.content)).toEqual(['spam', 'spam', 'spam']);
    await until(async () => (await bed.traces()).length).toBe(6);
    const all = await bed.traces();
    const copies = all.filter(({role}) => role === 'shadow');
    expect(copies.map(({shadowOf}) => shadowOf).sort()).toEqual(answers.map(({trace}) => trace).sort());
    for (const copy of copies) {
      const original = all.find(({id}) => id === copy.shadowOf)!;
      expect(copy).toMatchObject({
        release: shadow.digest,
        output: 'ham',
        row: original.row,
        unit: original.unit,
      });
    }
  });

  test('waits while every engine is busy, and beyond its queue is dropped', async () => {
    const shadow = await bed.shorter();
    await bed.store.deploy(bed.base, {shadow: [shadow, 100]});
    const running = await bed.start({shadowQueue: 1, shadowPatienceMs: 0});
    let free = () => {};
    const held = new Promise<void>((resolve) => (free = resolve));
    let holding = 0;
    for (const engine of bed.engines)
      engine.answer = async ({prompt, max_tokens}) => {
        expect(holding < 2 || max_tokens !== 9).toBe(true);
        if (prompt.includes('hold')) {
          holding++;
          await held;
          holding--;
        }
        return ' spam';
      };
    const hold = [1, 2].map((i) =>
      running.chat({messages: [{role: 'user', content: `Subject: hold ${i}\n\nhold this one`}]}),
    );
    await until(() => holding).toBe(2);
    // Both engines are held, yet users are answered; their copies wait, and one of them finds no room.
    await running.chat({});
    await running.chat({});
    expect(bed.calls().filter(({max_tokens}) => max_tokens === 9)).toEqual([]);
    expect(await running.metrics()).toContain('ratchet_shadow_dropped_total 1');
    free();
    await Promise.all(hold);
    await until(() => bed.calls().filter(({max_tokens}) => max_tokens === 9).length).toBeGreaterThan(0);
  });

  test('that is no shadow any more when its copies could start gets none of them', async () => {
    const shadow = await bed.shorter();
    await bed.store.deploy(bed.base, {shadow: [shadow, 100]});
    const running = await bed.start({shadowPatienceMs: 0});
    let free = () => {};
    const held = new Promise<void>((resolve) => (free = resolve));
    let holding = 0;
    for (const engine of bed.engines)
      engine.answer = async ({prompt}) => {
        if (prompt.includes('hold')) {
          holding++;
          await held;
        }
        return ' spam';
      };
    const hold = [1, 2].map((i) =>
      running.chat({messages: [{role: 'user', content: `Subject: hold ${i}\n\nhold this one`}]}),
    );
    await until(() => holding).toBe(2);
    await running.chat({});
    const metric = async (name: string) =>
      new RegExp(`^${name} (\\d+)`, 'm').exec(await running.metrics())?.[1];
    expect(await metric('ratchet_shadow_waiting')).toBe('1');
    await bed.store.deploy(bed.base);
    await until(() => metric('ratchet_deployment_seq')).toBe('2');
    free();
    await Promise.all(hold);
    await until(() => metric('ratchet_shadow_dropped_total')).toBe('3');
    expect(bed.calls().filter(({max_tokens}) => max_tokens === 9)).toEqual([]);
  });

  test('that fails shows in its own trace only', async () => {
    const shadow = await bed.shorter();
    await bed.store.deploy(bed.base, {shadow: [shadow, 100]});
    const running = await bed.start();
    for (const engine of bed.engines)
      engine.answer = ({max_tokens}) => (max_tokens === 9 ? ' nonsense' : ' spam');
    expect((await running.chat({})).status).toBe(200);
    await until(async () => (await bed.traces()).map(({role, status}) => `${role} ${status}`).sort()).toEqual(
      ['shadow 502', 'stable 200'],
    );
  });
});
