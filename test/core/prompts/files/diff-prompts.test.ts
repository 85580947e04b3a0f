import {expect, test} from 'vitest';
import {diffPrompts} from '../../../../core/prompts/files/diff-prompts.ts';
import {TRIAGE, promptOf} from './prompts.ts';

const before = promptOf(TRIAGE);

test('a prompt does not differ from itself', () => {
  expect(diffPrompts(before, promptOf(TRIAGE))).toEqual([]);
});

test('what differs is named by area: messages line by line, other values as JSON', () => {
  const after = promptOf(
    TRIAGE.replace('You sort mail.', 'You sort mail.\nBe brief.')
      .replace('max_chars: 500', 'max_chars: 400, trusted: true')
      .replace('seed: 7', 'seed: 8')
      .replace('stop: ["\\n"], ', '')
      .replace('description: Sorts a mail', 'response_format: json'),
  );
  expect(diffPrompts(before, after)).toEqual([
    {
      area: 'messages',
      changes: [
        {
          part: '1 system',
          before: 'You sort mail.',
          after: 'You sort mail.\nBe brief.',
          lines: [
            {sign: ' ', text: 'You sort mail.'},
            {sign: '+', text: 'Be brief.'},
          ],
        },
      ],
    },
    {
      area: 'inputs',
      changes: [
        {part: 'subject.maxChars', before: '500', after: '400', lines: null},
        {part: 'subject.trusted', before: null, after: 'true', lines: null},
      ],
    },
    {
      area: 'settings',
      changes: [
        {part: 'seed', before: '7', after: '8', lines: null},
        {part: 'stop', before: '["\\n"]', after: null, lines: null},
      ],
    },
    {
      area: 'responseFormat',
      changes: [
        {
          part: 'response format',
          before: '"text"',
          after: '"json"',
          lines: [
            {sign: '-', text: '"text"'},
            {sign: '+', text: '"json"'},
          ],
        },
      ],
    },
    {
      area: 'description',
      changes: [{part: 'description', before: 'Sorts a mail', after: null, lines: null}],
    },
  ]);
});

test('an object that may have no member differs from one that may have any', () => {
  const prompt = (properties: object) => ({...before, inputs: {a: {type: 'object' as const, ...properties}}});
  expect(diffPrompts(prompt({}), prompt({properties: {}}))).toMatchObject([
    {area: 'inputs', changes: [{part: 'a.properties', before: null, after: '{}'}]},
  ]);
});
