import {describe, expect, it} from 'vitest';
import {
  ending,
  holderOf,
  planBack,
  planMove,
  planOpening,
  supersededBy,
  takingAway,
  wasPromoted,
} from '../../../core/rollout/moves.ts';
import type {Mover, Want} from '../../../core/rollout/moves.ts';
import type {Deployment} from '../../../schemas/deployment.ts';

const [OLD, NEW, OTHER] = ['a', 'b', 'c'].map((c) => c.repeat(64)) as [string, string, string];
const ME = 'rollout/run-1';
const THEM = 'rollout/run-2';
type Opened = NonNullable<Deployment['rollout']>;

const canary = (weight: number, release = NEW) => ({release, weight});
/** My rollout as it stands in a deployment: its last move was the seventh, made after the sixth. */
const mine = (change: Partial<Opened> = {}): Opened => ({
  by: ME,
  execution: 'x1',
  run: 'r1',
  seq: 7,
  after: 6,
  ended: false,
  ...change,
});
const theirs = (change: Partial<Opened> = {}): Opened =>
  mine({by: THEM, execution: 'x2', run: 'r2', ...change});
/** As I left it with my last move. */
const deployment = (change: Partial<Deployment> = {}): Deployment => ({
  v: 1,
  project: 'mail',
  seq: 7,
  stable: OLD,
  canary: null,
  shadow: null,
  former: [],
  at: '2026-01-01T00:00:00Z',
  by: ME,
  why: 'a step',
  rollout: mine(),
  ...change,
});
/** As former versions wrote it. */
const {rollout: _, ...plain} = deployment({by: 'somebody', why: 'bootstrap'});
const former = (change: Partial<Deployment> = {}): Deployment => ({...plain, ...change});
const mover = (seq = 7, change: Partial<Mover> = {}): Mover & {seq: number} => ({
  release: NEW,
  stable: OLD,
  seq,
  by: ME,
  execution: 'x1',
  run: 'r1',
  ...change,
});
const me = {by: ME, execution: 'x1'};
const next = {by: ME, execution: 'x1', run: 'r1', seq: 8, after: 7, ended: false};

describe('opening', () => {
  const opened = {...next, after: null};

  it('makes the rollout the one whose moves count', () => {
    expect(planOpening(former(), mover())).toEqual({
      move: {stable: OLD, canary: null, shadow: null, rollout: opened},
    });
    expect(planOpening(deployment({rollout: theirs({ended: true})}), mover())).toEqual({
      move: {stable: OLD, canary: null, shadow: null, rollout: opened},
    });
  });

  it('is found again by an attempt whose answer was lost', () => {
    expect(planOpening(deployment({rollout: mine({after: null})}), mover())).toEqual({already: 7});
    // A foreign end came meanwhile: its own move is still the seventh.
    expect(planOpening(deployment({seq: 9, by: THEM, rollout: mine({after: null})}), mover())).toEqual({
      already: 7,
    });
  });

  it('begins anew after a reset, and takes its own canary away', () => {
    const at50 = deployment({canary: canary(50), shadow: canary(100)});
    expect(planOpening(at50, mover(0, {run: 'r9'}))).toEqual({
      move: {stable: OLD, canary: null, shadow: null, rollout: {...opened, run: 'r9'}},
    });
  });

  it('never opens again once it has ended', () => {
    for (const run of ['r1', 'r9'])
      expect(planOpening(deployment({rollout: mine({ended: true})}), mover(7, {run}))).toEqual({
        superseded: `it has ended; the deployment was last moved by ${ME} (a step)`,
      });
  });

  it('gives way to another stable', () => {
    expect(planOpening(deployment({stable: OTHER}), mover())).toEqual({
      superseded: `stable was moved to ${OTHER.slice(0, 12)} by ${ME} (a step)`,
    });
  });

  it.each<[string, Deployment, object]>([
    ['another run', deployment({canary: canary(10, OTHER), rollout: theirs()}), {by: THEM, execution: 'x2'}],
    ['another run that has no share yet', deployment({rollout: theirs()}), {by: THEM, execution: 'x2'}],
    [
      'another execution of its own',
      deployment({rollout: mine({execution: 'x0'})}),
      {by: ME, execution: 'x0'},
    ],
    ["a former version's", former({canary: canary(10, OTHER), by: THEM}), {by: THEM, execution: ''}],
    ["a former version's shadow", former({shadow: canary(9), by: THEM}), {by: THEM, execution: ''}],
  ])('takes away what %s left, if that runs no more, and ends it', (_what, there, takes) => {
    expect(planOpening(there, mover())).toEqual({
      move: {stable: OLD, canary: null, shadow: null, rollout: opened, ends: takes},
      takes,
    });
  });
});

describe('a move', () => {
  it('sets shadow, canary and stable under the number of the move before', () => {
    expect(planMove(deployment(), {to: 'shadow', weight: 100}, mover())).toEqual({
      move: {stable: OLD, canary: null, shadow: canary(100), rollout: next},
    });
    const shadowed = deployment({shadow: canary(100)});
    expect(planMove(shadowed, {to: 'canary', weight: 10}, mover())).toEqual({
      move: {stable: OLD, canary: canary(10), shadow: canary(100), rollout: next},
    });
    const both = deployment({shadow: canary(100), canary: canary(10)});
    expect(planMove(both, {to: 'shadow', weight: 0}, mover())).toEqual({
      move: {stable: OLD, canary: canary(10), shadow: null, rollout: next},
    });
  });

  it('to stable ends it', () => {
    expect(planMove(deployment({shadow: canary(100)}), {to: 'stable'}, mover())).toEqual({
      move: {stable: NEW, canary: null, shadow: null, rollout: {...next, ended: true}, ends: me},
    });
  });

  it('that is wanted already is none', () => {
    expect(planMove(deployment({canary: canary(10)}), {to: 'canary', weight: 10}, mover())).toEqual({
      already: 7,
    });
    expect(planMove(deployment(), {to: 'shadow', weight: 0}, mover())).toEqual({already: 7});
    // Also where no rollout is on record, as former versions left it.
    expect(planMove(former(), {to: 'shadow', weight: 0}, mover())).toEqual({already: 7});
  });

  it.each<[string, Want, Partial<Deployment>, Partial<Opened>]>([
    ['a weight', {to: 'canary', weight: 10}, {canary: canary(10)}, {}],
    ['a shadow', {to: 'shadow', weight: 10}, {shadow: canary(10)}, {}],
    ['a promotion', {to: 'stable'}, {stable: NEW}, {ended: true}],
  ])('finds %s that it made before its answer was lost', (_, want, made, rollout) => {
    const after = deployment({...made, rollout: mine(rollout)});
    expect(planMove(after, want, mover(6))).toEqual({already: 7});
    // … and so it does when somebody else's end was written meanwhile.
    expect(planMove({...after, seq: 8, by: THEM}, want, mover(6))).toEqual({already: 7});
  });

  it('of an attempt that was thought dead comes too late', () => {
    for (const there of [deployment({canary: canary(50)}), deployment({canary: canary(50), seq: 9})])
      expect(planMove(there, {to: 'canary', weight: 10}, mover(5))).toEqual({
        superseded: `it has moved on by ${ME} (a step)`,
      });
    // Though it wants what is there.
    expect(planMove(deployment({canary: canary(10)}), {to: 'canary', weight: 10}, mover(5))).toHaveProperty(
      'superseded',
    );
    // Nor does one that names a move yet to come count.
    expect(planMove(deployment(), {to: 'canary', weight: 10}, mover(8))).toHaveProperty('superseded');
  });

  it('goes on though another rollout, which never was opened, wrote its end', () => {
    const fenced = deployment({seq: 9, by: THEM, ends: {by: THEM, execution: 'x2'}});
    expect(planMove(fenced, {to: 'canary', weight: 10}, mover(7))).toEqual({
      move: {stable: OLD, canary: canary(10), shadow: null, rollout: {...next, seq: 10}},
    });
  });

  it.each<[string, Want]>([
    ['weight', {to: 'canary', weight: 10}],
    ['shadow', {to: 'shadow', weight: 10}],
    ['promotion', {to: 'stable'}],
  ])('of a rollout that has ended is none: %s', (_, want) => {
    for (const run of ['r1', 'r9'])
      expect(planMove(deployment({rollout: mine({ended: true})}), want, mover(7, {run}))).toEqual({
        superseded: `it has ended; the deployment was last moved by ${ME} (a step)`,
      });
  });

  it('after a reset goes on from where it was reset to, once', () => {
    const at50 = deployment({canary: canary(50)});
    const again = mover(3, {run: 'r9'});
    expect(planMove(at50, {to: 'canary', weight: 10}, again)).toEqual({
      move: {stable: OLD, canary: canary(10), shadow: null, rollout: {...next, run: 'r9', after: 3}},
    });
    const done = deployment({canary: canary(10), rollout: mine({run: 'r9', seq: 8, after: 3})});
    expect(planMove(done, {to: 'canary', weight: 10}, again)).toEqual({already: 8});
    expect(planMove(done, {to: 'canary', weight: 20}, again)).toHaveProperty('superseded');
    // What the run before the reset made is not taken for its own.
    expect(
      planMove(
        deployment({stable: NEW, rollout: mine({ended: true})}),
        {to: 'stable'},
        mover(6, {run: 'r9'}),
      ),
    ).toHaveProperty('superseded');
  });

  it('never overwrites a stable that somebody else put there', () => {
    const moved = deployment({stable: OTHER, seq: 8, by: 'anna', why: 'hotfix'});
    for (const want of [{to: 'canary', weight: 50}, {to: 'stable'}] as Want[]) {
      expect(planMove(moved, want, mover())).toEqual({
        superseded: `stable was moved to ${OTHER.slice(0, 12)} by anna (hotfix)`,
      });
    }
  });

  it('is not made again after a person went back, though its own answer was lost', () => {
    const back = deployment({
      seq: 9,
      by: 'anna',
      why: 'rollback: slow',
      former: [NEW],
      rollout: mine({ended: true}),
    });
    expect(planMove(back, {to: 'stable'}, mover(6))).toEqual({
      superseded: 'it has ended; the deployment was last moved by anna (rollback: slow)',
    });
  });

  it.each(['canary', 'shadow'] as const)('gives way to another release as %s', (slot) => {
    const other = deployment({[slot]: canary(10, OTHER), by: THEM, why: 'step 1'});
    const superseded = `another release, cccccccccccc, is being rolled out by ${THEM} (step 1)`;
    for (const want of [{to: 'canary', weight: 10}, {to: 'shadow', weight: 10}, {to: 'stable'}] as Want[])
      expect(planMove(other, want, mover())).toEqual({superseded});
    expect(supersededBy(other, mover())).toBe(superseded);
    // … beside its own too.
    const own = slot === 'canary' ? {shadow: canary(10)} : {canary: canary(10)};
    expect(supersededBy({...other, ...own}, mover())).toBe(superseded);
  });

  it('gives way to a rollout that was opened after it, of the same release or another execution of its own', () => {
    for (const rollout of [theirs(), mine({execution: 'x0'}), mine({by: THEM})])
      expect(
        planMove(deployment({canary: canary(50), rollout}), {to: 'canary', weight: 60}, mover()),
      ).toEqual({
        superseded: `another rollout was opened, ${rollout.by}, last moved by ${ME} (a step)`,
      });
  });
});

describe('a rollout that still decides', () => {
  it('is the one that was opened last and has not ended', () => {
    expect(supersededBy(deployment({canary: canary(10), shadow: canary(9)}), mover())).toBeNull();
    expect(supersededBy(deployment({rollout: mine({ended: true})}), mover())).toContain('it has ended');
    expect(supersededBy(deployment({rollout: theirs()}), mover())).toContain('another rollout was opened');
    expect(supersededBy(former({canary: canary(10)}), mover())).toBeNull();
  });
});

describe('back', () => {
  it('takes its own away, and ends it', () => {
    const there = deployment({canary: canary(50), shadow: canary(100)});
    expect(planBack(there, mover())).toEqual({
      move: {
        stable: OLD,
        canary: null,
        shadow: null,
        ends: me,
        rollout: {...next, after: 6, ended: true},
      },
    });
    const mixed = deployment({stable: OTHER, canary: canary(10, OTHER), shadow: canary(100)});
    expect(planBack(mixed, mover())).toMatchObject({
      move: {stable: OTHER, canary: canary(10, OTHER), shadow: null, ends: me},
    });
  });

  it('is written though there is nothing to take away', () => {
    expect(planBack(deployment(), mover())).toMatchObject({
      move: {stable: OLD, canary: null, shadow: null, ends: me, rollout: {ended: true}},
    });
    expect(planBack(former(), mover())).toEqual({
      move: {stable: OLD, canary: null, shadow: null, ends: me},
    });
  });

  it('leaves another rollout what it has, of the same release too', () => {
    const there = deployment({canary: canary(50), shadow: canary(9), rollout: theirs()});
    expect(planBack(there, mover())).toEqual({
      move: {stable: OLD, canary: canary(50), shadow: canary(9), ends: me},
    });
    for (const rollout of [mine({execution: 'x0'}), mine({by: THEM})])
      expect(planBack(deployment({canary: canary(50), rollout}), mover())).toEqual({
        move: {stable: OLD, canary: canary(50), shadow: null, ends: me},
      });
  });

  it('is written once', () => {
    expect(planBack(deployment({rollout: mine({ended: true})}), mover())).toEqual({already: 7});
    expect(planBack(deployment({rollout: theirs(), ends: me}), mover())).toEqual({already: 7});
    for (const ends of [
      {...me, execution: 'x0'},
      {...me, by: THEM},
    ])
      expect(planBack(deployment({rollout: theirs(), ends}), mover())).toHaveProperty('move');
  });
});

describe('a candidate', () => {
  it('was promoted where its rollout has ended and it is stable', () => {
    const stable = deployment({stable: NEW, rollout: mine({ended: true})});
    expect(wasPromoted(stable, mover())).toBe(true);
    expect(wasPromoted({...stable, stable: OLD}, mover())).toBe(false);
    expect(wasPromoted({...stable, rollout: mine()}, mover())).toBe(false);
    expect(wasPromoted({...stable, rollout: theirs({ended: true})}, mover())).toBe(false);
    expect(wasPromoted(former({stable: NEW}), mover())).toBe(false);
  });
});

describe('what was left', () => {
  it('has a holder: whose rollout has not ended, or who gave a share without opening', () => {
    expect(holderOf(deployment())).toEqual(me);
    expect(holderOf(deployment({rollout: mine({ended: true})}))).toBeNull();
    expect(holderOf(former())).toBeNull();
    for (const slot of ['canary', 'shadow'])
      expect(holderOf(former({[slot]: canary(10), by: THEM}))).toEqual({by: THEM, execution: ''});
  });

  it('is taken away whole', () => {
    const there = deployment({canary: canary(50), shadow: canary(9)});
    expect(takingAway(there, me)).toEqual({
      stable: OLD,
      canary: null,
      shadow: null,
      ends: me,
      rollout: mine({ended: true}),
    });
    const left = {by: THEM, execution: ''};
    expect(takingAway(former({canary: canary(5), by: THEM}), left)).toEqual({
      stable: OLD,
      canary: null,
      shadow: null,
      ends: left,
    });
  });

  it('of nobody ends nothing', () => {
    expect(ending(deployment(), null)).toEqual({});
  });
});

describe('a deployment of a former version', () => {
  it('lets the rollout go on whose move was the last', () => {
    expect(planMove(former({by: ME}), {to: 'canary', weight: 10}, mover())).toEqual({
      move: {stable: OLD, canary: canary(10), shadow: null, rollout: next},
    });
    for (const seq of [6, 8])
      expect(planMove(former({by: ME}), {to: 'canary', weight: 10}, mover(seq))).toHaveProperty('superseded');
  });

  it('shows a move that was made before its answer was lost', () => {
    expect(planMove(former({by: ME, canary: canary(10)}), {to: 'canary', weight: 10}, mover(6))).toEqual({
      already: 7,
    });
    expect(
      planMove(former({by: THEM, canary: canary(10)}), {to: 'canary', weight: 10}, mover(6)),
    ).toHaveProperty('superseded');
    expect(planMove(former({by: ME, stable: NEW}), {to: 'stable'}, mover(7))).toHaveProperty('superseded');
  });

  it('has its own canary taken away, and not that of another run', () => {
    for (const by of [ME, 'anna'])
      expect(planBack(former({canary: canary(5), shadow: canary(6), by}), mover())).toEqual({
        move: {stable: OLD, canary: null, shadow: null, ends: me},
      });
    expect(planBack(former({canary: canary(5), by: THEM}), mover())).toEqual({
      move: {stable: OLD, canary: canary(5), shadow: null, ends: me},
    });
  });
});
