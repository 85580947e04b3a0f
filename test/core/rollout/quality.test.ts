import {describe, expect, it} from 'vitest';
import {verdictsByTrace, pairOutcome, pairOutcomes, wasRight} from '../../../core/rollout/quality.ts';
import {says, shadowOf, trace} from './traffic.ts';

describe('judgedBy and wasRight', () => {
  const answer = trace({output: 'spam'});
  const right = (...what: Parameters<typeof says>[1][]) =>
    wasRight(answer.output, verdictsByTrace(what.map((w) => says(answer, w))).get(answer.id));

  it.each([
    ['rated good', {rating: 1}, true],
    ['rated bad', {rating: -1}, false],
    ['corrected to another text', {correction: 'ham'}, false],
    ['corrected to the same text', {correction: ' Spam\n'}, true],
    ['corrected, though rated good', {rating: 1, correction: 'ham'}, false],
    ['retried', {implicit: 'retry'}, null],
  ] as const)('%s', (_, what, expected) => {
    expect(right(what)).toBe(expected);
  });

  it('takes the latest word, and a correction above a later rating', () => {
    const at = (second: number) => `2026-01-01T00:00:0${second}Z`;
    expect(right({at: at(1), rating: -1}, {at: at(2), rating: 1})).toBe(true);
    expect(right({at: at(2), rating: 1}, {at: at(1), rating: -1})).toBe(true);
    expect(right({at: at(1), correction: 'ham'}, {at: at(2), rating: 1})).toBe(false);
  });

  it('takes the later in order of two at the same moment', () => {
    expect(right({rating: -1}, {rating: 1})).toBe(true);
    expect(right({rating: 1}, {rating: -1})).toBe(false);
  });

  it('knows an answer by the id that the client saw', () => {
    const judged = verdictsByTrace([{...says(answer, {rating: 1}), trace: `chatcmpl-${answer.id}`}]);
    expect(judged.get(answer.id)).toEqual({rating: 1, correction: null, at: answer.at});
  });
});

describe('pairOutcome', () => {
  it.each([
    [
      'a correction judges both',
      'ham',
      'spam',
      {rating: null, correction: 'spam'},
      {seen: false, other: true},
    ],
    [
      'a good label makes another one wrong',
      'ham',
      'spam',
      {rating: 1, correction: null},
      {seen: true, other: false},
    ],
    ['a bad label says nothing of another one', 'ham', 'spam', {rating: -1, correction: null}, null],
    [
      'equal labels are judged alike',
      'ham',
      'HAM ',
      {rating: -1, correction: null},
      {seen: false, other: false},
    ],
  ] as const)('%s', (_, seen, other, judged, expected) => {
    expect(pairOutcome(seen, other, judged)).toEqual(expected);
  });

  it('is known when the last of both answers and the word was there', () => {
    const seen = trace({at: '2026-01-01T10:00:00.000Z'});
    const shadow = (at: string) => ({stable: seen, candidate: shadowOf(seen, {at})});
    const known = (pair: ReturnType<typeof shadow>, said: string) =>
      pairOutcomes([pair], verdictsByTrace([{...says(seen, {rating: 1}), at: said}]), new Set(['triage']))[0]!
        .at;
    const [early, late] = ['2026-01-01T10:00:01.000Z', '2026-01-01T11:00:00.000Z'];
    expect([known(shadow(early), late), known(shadow(late), early)]).toEqual([late, late]);
    expect(known(shadow('2026-01-01T09:00:00.000Z'), '2026-01-01T09:30:00.000Z')).toBe(seen.at);
  });

  it('takes the tasks of a row for different items, and a task that it is asked again for the same', () => {
    const seen = ['triage', 'tone', 'triage'].map((task) => trace({task, row: 'mails/1'}));
    const pairs = seen.map((stable) => ({stable, candidate: shadowOf(stable)}));
    const judged = verdictsByTrace(seen.map((s) => says(s, {rating: 1})));
    const known = pairOutcomes(pairs, judged, new Set(['triage', 'tone']));
    expect(known.map(({unit}) => unit)).toEqual([seen[0]!.unit, seen[1]!.unit]);
  });

  it('counts only tasks whose answer is a label', () => {
    const seen = [trace({output: 'ham'}), trace({task: 'subject', output: 'Lunch'})];
    const pairs = seen.map((stable) => ({stable, candidate: shadowOf(stable, {output: stable.output})}));
    const judged = verdictsByTrace(seen.map((s) => says(s, {rating: 1})));
    expect(pairOutcomes(pairs, judged, new Set(['triage']))).toEqual([
      {stable: true, candidate: true, unit: seen[0]!.unit, at: pairs[0]!.candidate.at},
    ]);
  });
});
