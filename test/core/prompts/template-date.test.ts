import {afterEach, describe, expect, it, vi} from 'vitest';
import {renderPrompt, renderTraining} from '../../../core/prompts/render.ts';
import {readsTheClock, strftime} from '../../../core/prompts/template-date.ts';
import {tokenizerFromGguf} from '../../../core/prompts/tokenizer.ts';
import {PromptVersion} from '../../../schemas/release.ts';
import {CHATML, tinyTokenizerGguf} from './tiny-gguf.ts';

/** The head of Llama 3.2's template, in ChatML's tokens. */
const LLAMA_3_2 = `{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{{- "<|im_start|>system\\nToday Date: " + date_string + "<|im_end|>\\n" }}${CHATML}`;

const bytes = tinyTokenizerGguf({'tokenizer.chat_template': {text: LLAMA_3_2}});
const tokenizer = await tokenizerFromGguf((n) => Promise.resolve(bytes.subarray(0, n)));
const chat: PromptVersion = {
  v: 1,
  task: 'triage',
  kind: 'classification',
  template: '{{body}}',
  format: 'chat',
  inputs: ['body'],
  trim: 'body',
  maxInputTokens: 8,
  maxOutputTokens: 4,
  temperature: 0,
  stop: [],
  choices: {spam: 'spam', ham: 'ham'},
};
const row = {fields: {body: 'spam'}, label: 'spam'};

afterEach(() => {
  vi.useRealTimers();
});

describe('a chat template that prints a day', () => {
  it('shows the release’s own, on whatever day it is trained, judged or served', () => {
    const dated = {...chat, date: '2026-01-05'};
    const shown = ['2026-01-05T10:00:00Z', '2026-02-28T23:59:59Z', '2031-07-01T00:00:00Z'].flatMap((now) => {
      vi.useFakeTimers({now: new Date(now), toFake: ['Date']});
      return [
        renderTraining(dated, row, tokenizer)!.prompt,
        renderPrompt(dated, row.fields, tokenizer).prompt,
        renderPrompt({...dated, kind: 'chat'}, {}, tokenizer, [{role: 'user', content: 'spam'}]).prompt,
      ];
    });
    expect(new Set(shown)).toEqual(
      new Set([
        '<|im_start|>system\nToday Date: 05 Jan 2026<|im_end|>\n<|im_start|>user\nspam<|im_end|>\n<|im_start|>assistant\n',
      ]),
    );
  });

  it('goes by the clock where an earlier version made the release', () => {
    vi.useFakeTimers({now: new Date('2031-07-01T12:00:00'), toFake: ['Date']});
    expect(PromptVersion.parse(chat)).toEqual(chat);
    expect(renderPrompt(chat, row.fields, tokenizer).prompt).toContain('Today Date: 01 Jul 2031');
  });

  it('is told from one that prints none', () => {
    expect([LLAMA_3_2, CHATML, '{{ my_strftime_now_too }}', null].map(readsTheClock)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

it.each([
  ['%d %b %Y', '05 Mar 2026'],
  ['%A, %B %-d, %Y', 'Thursday, March 5, 2026'],
  ['%Y-%m-%d %H:%M:%S', '2026-03-05 00:00:00'],
  ['%a %j %y 100%% %Q', 'Thu 064 26 100% %Q'],
  ['%-I %p %F', '12 AM 2026-03-05'],
])('strftime %s', (format, text) => {
  expect(strftime('2026-03-05', format)).toBe(text);
});
