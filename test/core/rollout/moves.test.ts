import {describe, expect, it} from 'vitest';
import {planMove, supersededBy} from '../../../core/rollout/moves.ts';
import type {Mover, Want} from '../../../core/rollout/moves.ts';
import type {Deployment} from '../../../schemas/deployment.ts';

const [OLD, NEW, OTHER] = ['a', 'b', 'c'].map((c) => c.repeat(64)) as [string, string, string];
const ME = 'rollout/run-1';
const deployment = (change: Partial<Deployment> = {}): Deployment => ({
  v: 1,
  project: 'mail',
  seq: 7,
  stable: OLD,
  canary: null,
  shadow: null,
  former: [],
  at: '2026-01-01T00:00:00Z',
  by: 'somebody',
  why: 'bootstrap',
  ...change,
});
const mover = (seq = 7): Mover => ({release: NEW, stable: OLD, seq, by: ME});
const canary = (weight: number, release = NEW) => ({release, weight});

describe('planMove', () => {
  it('sets shadow, canary and stable on the deployment it knows', () => {
    expect(planMove(deployment(), {to: 'shadow', weight: 100}, mover())).toEqual({
      move: {stable: OLD, canary: null, shadow: canary(100)},
    });
    const shadowed = deployment({shadow: canary(100)});
    expect(planMove(shadowed, {to: 'canary', weight: 10}, mover())).toEqual({
      move: {stable: OLD, canary: canary(10), shadow: canary(100)},
    });
    expect(planMove(shadowed, {to: 'shadow', weight: 0}, mover())).toEqual({
      move: {stable: OLD, canary: null, shadow: null},
    });
    expect(planMove(shadowed, {to: 'stable'}, mover())).toEqual({
      move: {stable: NEW, canary: null, shadow: null},
    });
  });

  it.each<[string, Want, Partial<Deployment>]>([
    ['a weight', {to: 'canary', weight: 10}, {canary: canary(10)}],
    ['a promotion', {to: 'stable'}, {stable: NEW}],
  ])('finds %s that it made before it died', (_, want, made) => {
    expect(planMove(deployment({...made, seq: 8, by: ME}), want, mover(7))).toEqual({already: true});
  });

  it('never overwrites a stable that somebody else put there', () => {
    const moved = deployment({stable: OTHER, seq: 8, by: 'anna', why: 'rollback: slow'});
    for (const want of [{to: 'canary', weight: 50}, {to: 'stable'}] as Want[]) {
      expect(planMove(moved, want, mover())).toEqual({
        superseded: `stable was moved to ${OTHER.slice(0, 12)} by anna (rollback: slow)`,
      });
    }
  });

  it('does not promote again after a person went back, though its own answer was lost', () => {
    const back = deployment({seq: 9, by: 'anna', why: 'rollback: slow', former: [NEW]});
    expect(planMove(back, {to: 'stable'}, mover(7))).toEqual({
      superseded: 'canary and shadow were taken away by anna (rollback: slow)',
    });
  });

  it('gives way to another release that is being rolled out', () => {
    const other = deployment({canary: canary(10, OTHER), seq: 8, by: 'rollout/run-2', why: 'canary 10 %'});
    expect(planMove(other, {to: 'canary', weight: 10}, mover(8))).toHaveProperty('superseded');
    expect(supersededBy(other, mover(8))).toContain('another release, cccccccccccc');
  });

  it('gives way to another run that rolls the same release out, and leaves it what it has', () => {
    const theirs = {canary: canary(50), seq: 9, by: 'rollout/run-2', why: 'canary 50 %'};
    const superseded = 'another run rolls the same release out by rollout/run-2 (canary 50 %)';
    expect(planMove(deployment(theirs), {to: 'canary', weight: 10}, mover(8))).toEqual({superseded});
    expect(planMove(deployment(theirs), {to: 'back'}, mover(8))).toEqual({already: true});
    // It looked, and the other one has ended: what is left there is its own now.
    expect(planMove(deployment(theirs), {to: 'canary', weight: 10}, mover(9))).toEqual({
      move: {stable: OLD, canary: canary(10), shadow: null},
    });
  });

  it('goes on where somebody moved its own canary', () => {
    const touched = deployment({canary: canary(5), seq: 9, by: 'anna', why: 'less'});
    expect(planMove(touched, {to: 'canary', weight: 50}, mover(8))).toEqual({
      move: {stable: OLD, canary: canary(50), shadow: null},
    });
  });

  it('goes back by taking only its own away, whatever else happened', () => {
    const back: Want = {to: 'back'};
    expect(planMove(deployment({canary: canary(50), shadow: canary(100)}), back, mover())).toEqual({
      move: {stable: OLD, canary: null, shadow: null},
    });
    const mixed = deployment({stable: OTHER, canary: canary(10, OTHER), shadow: canary(100), seq: 12});
    expect(planMove(mixed, back, mover())).toEqual({
      move: {stable: OTHER, canary: canary(10, OTHER), shadow: null},
    });
    expect(planMove(deployment({seq: 12}), back, mover())).toEqual({already: true});
  });
});
