import {expect, test} from 'vitest';
import {defaultSystem} from '../../../core/prompts/default-system.ts';
import type {Tokenizer} from '../../../core/prompts/tokenizer.ts';

const of = (chatTemplate: string | null): string | null =>
  defaultSystem({chatTemplate, eos: null} as unknown as Tokenizer);

/** As SmolLM2 and Qwen have it. */
const CHATML = (text: string): string =>
  `{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}<|im_start|>system\n${text}<|im_end|>\n{% endif %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}`;

test.each<[string, string | null, string | null]>([
  [
    'a default',
    CHATML('You are a helpful AI assistant named SmolLM.'),
    'You are a helpful AI assistant named SmolLM.',
  ],
  ['an empty default', CHATML(''), null],
  [
    'none',
    "{% for message in messages %}[{{ message['role'] }}]{{ message['content'] }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}",
    null,
  ],
  ['a template that refuses system prompts', "{{ raise_exception('no system') }}", null],
  [
    'a template that drops them',
    "{% for message in messages %}{% if message['role'] == 'user' %}{{ message['content'] }}{% endif %}{% endfor %}",
    null,
  ],
  ['no template', null, null],
])('%s', (_, template, expected) => {
  expect(of(template)).toBe(expected);
});
