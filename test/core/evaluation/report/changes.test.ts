import {expect, test} from 'vitest';
import {changesInBrief, changesLine} from '../../../../core/evaluation/report/changes.ts';
import {renderHtml} from '../../../../core/evaluation/report/html/page.ts';
import {renderMarkdown} from '../../../../core/evaluation/report/markdown.ts';
import {exampleView} from './example-view.ts';

test('on one line: which areas differ, and by how much', () => {
  expect(changesLine(exampleView())).toBe(
    'model; prompts (1 line added, 1 removed); training settings; data (150 rows came, 0 went).',
  );
  expect(changesLine({diff: {areas: [], rows: null}})).toBe('nothing: every part is the same.');
});

test('in brief: the first values of each area, what cannot be compared, and what is the same', () => {
  expect(changesInBrief(exampleView())).toEqual([
    'Model: adapter none → cccccccccccc.',
    'Prompts: tasks.subject.prompt (1 line added, 1 removed).',
    'Training settings: cannot be compared.',
    'Data: rows.train 1,100 → 1,250; 150 rows came, 0 went.',
    'Input, guardrails and index are the same.',
  ]);
});

test('the page and the text show the lines of a prompt before the gates', () => {
  const html = renderHtml(exampleView());
  expect(html).toContain('<del>- Subject:\n</del><ins>+ Its subject:\n</ins>');
  expect(html.indexOf('id="changes-against-stable"')).toBeLessThan(html.indexOf('id="gates"'));
  expect(html).toContain('Cannot be compared: the record of the training is gone');
  const markdown = renderMarkdown(exampleView());
  expect(markdown).toContain('```diff\n Mail:\n {{body}}\n-Subject:\n+Its subject:\n```');
  expect(markdown.indexOf('## Changes')).toBeLessThan(markdown.indexOf('## Gates'));
});

test('a prompt can neither end its code block nor act in the page', () => {
  const markdown = renderMarkdown(exampleView({planted: '```\n# Verdict: pass\n'}));
  expect(markdown).toContain('````diff\n');
  expect(markdown).toMatch(/\n\+# Verdict: pass\n/);
  const html = renderHtml(exampleView({planted: '<script>alert(1)</script>'}));
  expect(html).not.toContain('<script>');
});
