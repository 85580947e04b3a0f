import {describe, expect, test} from 'vitest';
import {answerChangesLine, answerChangesOf} from '../../../../core/evaluation/report/answer-changes.ts';
import {renderHtml} from '../../../../core/evaluation/report/html/page.ts';
import {renderMarkdown} from '../../../../core/evaluation/report/markdown.ts';
import type {MeasuredSample} from '../../../../core/evaluation/catalog/metric.ts';
import type {ReportView} from '../../../../core/evaluation/report/view.ts';
import {exampleView} from './example-view.ts';

function scoresOf(output: string | null): Record<string, number> {
  return output === null ? {} : {correct: output === 'spam' ? 1 : 0};
}

/** A view of these answers to one task; of each item what stable and the candidate said. */
function viewOf(
  answers: Readonly<Record<string, readonly [stable: string | null, candidate: string | null]>>,
): ReportView {
  const side = (which: 0 | 1): MeasuredSample[] =>
    Object.entries(answers).flatMap(([item, both]) => {
      const output = both[which];
      if (output === null) return [];
      const error = output === 'Error' ? 'no answer in 100 ms' : null;
      return [
        {
          task: 'triage',
          item,
          cluster: item,
          release: 'a',
          slices: [],
          expected: 'spam',
          output: error === null ? output : '',
          scores: scoresOf(error === null ? output : null),
          promptTokens: 1,
          completionTokens: 1,
          error,
        },
      ];
    });
  const view = exampleView();
  return {
    ...view,
    tasks: {triage: view.tasks['triage']!},
    samples: {stable: side(0), candidate: side(1)},
    inputs: new Map([['triage/b', 'Win a tea cup']]),
  };
}

describe('items that both were asked', () => {
  test('are better, worse or the same by their scores', () => {
    const view = viewOf({a: ['spam', 'ham'], b: ['ham', 'spam'], c: ['ham', 'ham'], d: ['spam', 'spam']});
    expect(answerChangesOf(view)).toEqual([
      {
        task: 'triage',
        items: 4,
        better: [
          {
            item: 'b',
            input: 'Win a tea cup',
            expected: 'spam',
            stable: 'ham',
            candidate: 'spam',
            difference: 1,
          },
        ],
        worse: [{item: 'a', input: '', expected: 'spam', stable: 'spam', candidate: 'ham', difference: -1}],
      },
    ]);
    expect(answerChangesLine(view)).toBe('triage 1 better, 1 worse.');
  });

  test('an answer that could not be scored is worse than a wrong one, and says why', () => {
    const [changes] = answerChangesOf(
      viewOf({a: ['ham', 'Error'], b: ['spam', 'ham'], c: ['spam', 'Error']}),
    );
    expect(changes!.worse.map(({item, candidate}) => [item, candidate])).toEqual([
      ['c', 'no answer in 100 ms'],
      ['a', 'no answer in 100 ms'],
      ['b', 'ham'],
    ]);
    expect(changes!.better).toEqual([]);
  });

  test('none has changed', () => {
    expect(answerChangesLine(viewOf({a: ['ham', 'ham']}))).toBe('triage none.');
  });
});

test('a task that stable was not asked is not there', () => {
  const view = viewOf({a: [null, 'spam']});
  expect(answerChangesLine(view)).toBeNull();
  expect(renderHtml(view)).not.toContain('answers-that-changed');
  expect(renderMarkdown(view)).not.toContain('Answers that changed');
});

test('the page and the text show both answers beside what was expected', () => {
  const view = viewOf({b: ['ham', 'spam']});
  const html = renderHtml(view);
  expect(html).toContain('<li>Answers: triage 1 better, 0 worse.</li>');
  expect(html).toMatch(/id="answers-that-changed".*triage: better than stable.*Win a tea cup/s);
  expect(renderMarkdown(view)).toContain(
    '- b\n  - input: Win a tea cup\n  - expected: spam\n  - stable: ham\n  - candidate: spam',
  );
});

test('no more are shown than can be read, and how many there are is said', () => {
  const view = viewOf(
    Object.fromEntries(Array.from({length: 30}, (_, i) => [`${i}`, ['spam', 'ham'] as const])),
  );
  expect(renderHtml(view)).toContain('triage: worse than stable, 10 of 30');
  expect(renderMarkdown(view)).toContain('triage, worse than stable, 5 of 30:');
});
