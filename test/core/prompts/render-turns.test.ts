import {describe, expect, test} from 'vitest';
import {estimatedMeasure} from '../../../core/prompts/measure.ts';
import {renderTurns} from '../../../core/prompts/render.ts';
import type {PromptVersion} from '../../../schemas/release.ts';
import type {Message} from '../../../schemas/row.ts';

const PROMPT: PromptVersion = {
  v: 1,
  task: 'triage',
  kind: 'generation',
  template: 'Subject: {{subject}}\n{{body}}\nSpam?',
  format: 'chat',
  system: 'You sort mail.',
  inputs: ['subject', 'body'],
  trim: 'body',
  maxInputTokens: 20,
  maxOutputTokens: 8,
  temperature: 0,
  stop: [],
};

describe('a prompt as messages', () => {
  test('has its system message and one of the user', () => {
    expect(renderTurns(PROMPT, {subject: 'Tea', body: 'At four?'}, estimatedMeasure)).toEqual({
      turns: [
        {role: 'system', content: 'You sort mail.'},
        {role: 'user', content: 'Subject: Tea\nAt four?\nSpam?'},
      ],
      truncated: false,
    });
  });

  test('is one message where its format is plain', () => {
    const {turns} = renderTurns(
      {...PROMPT, format: 'plain'},
      {subject: 'Tea', body: 'Now'},
      estimatedMeasure,
    );
    expect(turns).toEqual([{role: 'user', content: 'Subject: Tea\nNow\nSpam?'}]);
  });

  test('cuts the input that is trimmed to what the others leave', () => {
    const {turns, truncated} = renderTurns(PROMPT, {subject: 'Tea', body: 'a'.repeat(100)}, estimatedMeasure);
    // One token of the subject leaves 19 of 3 letters each.
    expect(turns.at(-1)!.content).toBe(`Subject: Tea\n${'a'.repeat(57)}\nSpam?`);
    expect(truncated).toBe(true);
  });

  test('throws for a field that the input lacks', () => {
    expect(() => renderTurns(PROMPT, {subject: 'Tea'}, estimatedMeasure)).toThrow(
      'task "triage" needs the field "body"; the input has subject',
    );
  });
});

describe('a conversation as messages', () => {
  const chat: PromptVersion = {...PROMPT, kind: 'chat', template: '{{text}}', inputs: ['text'], trim: 'text'};
  const say = (role: Message['role'], content: string): Message => ({role, content});

  test('keeps the newest that fit, behind the system message', () => {
    const messages = [
      say('user', 'a'.repeat(60)),
      say('assistant', 'b'.repeat(9)),
      say('user', 'c'.repeat(9)),
    ];
    expect(renderTurns(chat, {}, estimatedMeasure, messages)).toEqual({
      turns: [
        {role: 'system', content: 'You sort mail.'},
        {role: 'assistant', content: 'b'.repeat(9)},
        {role: 'user', content: 'c'.repeat(9)},
      ],
      truncated: true,
    });
  });
});

describe('the estimated measure', () => {
  test('counts a token for three UTF-16 units', () => {
    expect(estimatedMeasure.cut('abcd', 2)).toEqual({text: 'abcd', tokens: 2, truncated: false});
    expect(estimatedMeasure.cut('abcdefg', 2)).toEqual({text: 'abcdef', tokens: 2, truncated: true});
    expect(estimatedMeasure.cut('', 2)).toEqual({text: '', tokens: 0, truncated: false});
    expect(estimatedMeasure.cut('a', 0)).toEqual({text: '', tokens: 0, truncated: true});
  });

  test('splits no character, and leaves no white space at a cut', () => {
    expect(estimatedMeasure.cut('ab😀d', 1)).toEqual({text: 'ab', tokens: 1, truncated: true});
    expect(estimatedMeasure.cut('ab defg', 1)).toEqual({text: 'ab', tokens: 1, truncated: true});
  });
});
