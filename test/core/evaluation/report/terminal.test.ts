import {expect, test} from 'vitest';
import {renderMarkdown} from '../../../../core/evaluation/report/markdown.ts';
import {firstScreenForTerminal} from '../../../../core/evaluation/report/terminal.ts';
import {exampleView, GATES} from './example-view.ts';

const view = exampleView();

test.each([80, 60])('fits a terminal of %d columns, with commands whole', (width) => {
  const screen = firstScreenForTerminal(renderMarkdown(view), width);
  const lines = screen.split('\n');
  const commands = lines.filter((line) => line.startsWith('    '));
  expect(commands).toEqual([
    '    npx ratchet approve aaaaaaaaaaaa --project mail',
    '    npx ratchet reject aaaaaaaaaaaa --project mail --comment "why"',
  ]);
  for (const line of lines) if (!commands.includes(line)) expect(line.length).toBeLessThanOrEqual(width);
  // A small terminal has 24 lines.
  if (width === 80) expect(lines.length).toBeLessThan(24);
  expect(lines.slice(0, 3)).toEqual([
    'mail: gauntlet of release aaaaaaaaaaaa',
    '',
    'Pass. All 8 required gates passed.',
  ]);
  expect(screen).not.toMatch(/\*\*|\\|\]\(#/);
});

test('names with underscores and the reasons of a gate are shown as they are', () => {
  const gate = {...GATES[1]!, metric: 'no_such_metric'};
  expect(firstScreenForTerminal(renderMarkdown(exampleView({gates: [gate]})), 80)).toMatch(
    /^- no_such_metric, at least 0\.85: /m,
  );
});

test('a report of an earlier version has its verdict', () => {
  const earlier =
    '# mail: gauntlet of release aaaaaaaaaaaa\n\n**Fail.** 1 of 2 required gates failed: ROUGE\\-L\\.\n\n## Gates\n\n| Gate |\n';
  expect(firstScreenForTerminal(earlier, 80)).toBe(
    'mail: gauntlet of release aaaaaaaaaaaa\n\nFail. 1 of 2 required gates failed: ROUGE-L.',
  );
});
