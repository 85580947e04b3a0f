import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {sectionText, splitSections} from '../../../../core/prompts/files/sections.ts';

const split = (body: string) => splitSections(body, {file: 'p.prompt.md', firstLine: 1});
const sections = (body: string) => split(body).sections.map(({role, template}) => [role, template]);

describe('headings', () => {
  test.for<[string, [string, string][]]>([
    ['a\nb', [['user', 'a\nb']]],
    [
      '# system\na\n# user  \nb\n# assistant\nc',
      [
        ['system', 'a'],
        ['user', 'b'],
        ['assistant', 'c'],
      ],
    ],
    ['# user\n\n  \na \n\nb\n\n', [['user', 'a \n\nb']]],
    [
      '# user\n## user\n#user\n # user\n# User\n# user:\n# usage',
      [['user', '## user\n#user\n # user\n# User\n# user:\n# usage']],
    ],
    ['# user\n```\n# system\n```\nx', [['user', '```\n# system\n```\nx']]],
    [
      '# user\n~~~~ md\n```\n# system\n~~~\n~~~~\n# assistant\nx',
      [
        ['user', '~~~~ md\n```\n# system\n~~~\n~~~~'],
        ['assistant', 'x'],
      ],
    ],
    [
      '# user\n    ```\n# assistant\nx',
      [
        ['user', '    ```'],
        ['assistant', 'x'],
      ],
    ],
    [
      '# user\n``` a`b\n# assistant\nx',
      [
        ['user', '``` a`b'],
        ['assistant', 'x'],
      ],
    ],
    ['# user\nComplete:\n```python\n', [['user', 'Complete:\n```python']]],
    [
      '# user\n\\# user\n\\\\# user\n\\# usage\n```\n\\# user\n```',
      [['user', '# user\n\\# user\n\\# usage\n```\n\\# user\n```']],
    ],
  ])('%j', ([body, expected]) => {
    expect(split(body).problems).toEqual([]);
    expect(sections(body)).toEqual(expected);
  });

  test('of a section are counted with its blank lines', () => {
    expect(split('# system\n\na\n\n# user\n\n\nb').sections.map(({line}) => line)).toEqual([3, 8]);
  });
});

test('a text is the template of its section, whatever lines it holds', () => {
  const line = fc.constantFrom(
    '# user',
    '# system ',
    '\\# user',
    '\\\\# assistant',
    '```',
    '~~~',
    '````',
    'x',
    '  ',
    '',
    '# a',
  );
  fc.assert(
    fc.property(fc.array(line, {minLength: 1, maxLength: 8}), (lines) => {
      const template = ['x', ...lines, 'x'].join('\n');
      expect(sections(`# user\n${sectionText(template)}\n`)).toEqual([['user', template]]);
    }),
    {numRuns: 2_000, seed: 1},
  );
});
