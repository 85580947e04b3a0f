import {TRANSFORM_VERSION} from '../../../core/curation/transform.ts';
import {digestOf} from '../../../core/identity/digest.ts';
import {describe, expect, it} from 'vitest';
import {fillTemplate, templateVariables} from '../../../core/prompts/fill.ts';
import {promptsFromConfig, transformFromConfig} from '../../../core/prompts/from-config.ts';
import {renderPrompt, renderTraining} from '../../../core/prompts/render.ts';
import {tokenizerFromGguf} from '../../../core/prompts/tokenizer.ts';
import type {PromptVersion} from '../../../schemas/release.ts';
import type {Message} from '../../../schemas/row.ts';
import {ProjectConfig} from '../../../schemas/project.ts';
import {tinyTokenizerGguf} from './tiny-gguf.ts';

const tokenizer = await tokenizerFromGguf((n) => Promise.resolve(tinyTokenizerGguf().subarray(0, n)));

const config = ProjectConfig.parse({
  version: 1,
  project: 'mail',
  sources: [{name: 'one', uri: 'file:x', format: 'mail', label: 'ham'}],
  input: {format: 'mail'},
  tasks: {
    triage: {
      kind: 'classification',
      labels: ['spam', 'ham'],
      inputs: ['subject', 'body'],
      trim: 'body',
      max_input_tokens: 8,
      prompt: 'Subject: {{subject}}\nMessage: {{ body }}\n\nSpam or ham? Answer:',
    },
    subject: {
      kind: 'generation',
      inputs: ['body'],
      target: 'subject',
      max_input_tokens: 8,
      max_output_tokens: 6,
      prompt: '{{body}}\nSubject:',
    },
    talk: {kind: 'chat', inputs: ['messages'], prompt: '{{messages}}', format: 'chat', max_input_tokens: 40},
  },
  gauntlet: {gates: [{metric: 'm', test: 'at-least', limit: 0}]},
  rollout: {steps: [{setWeight: 100}]},
});
const prompts = promptsFromConfig(config);
const triage = prompts.triage!;

describe('a template', () => {
  it('is filled in one pass, so that a field cannot bring in another', () => {
    expect(fillTemplate('{{a}}-{{b}}', {a: '{{b}}', b: 'secret'})).toBe('{{b}}-secret');
    expect(fillTemplate('{{a}}', {a: "$& $' $1"})).toBe("$& $' $1");
    expect(fillTemplate('{{toString}}{{none}}', {})).toBe('');
  });
  it('names its variables', () => {
    expect(templateVariables('{{b}} {{ a }} {{b}} { {c} }')).toEqual(['b', 'a']);
  });
});

describe('a prompt', () => {
  it('holds the fields as they are, where they fit', () => {
    expect(renderPrompt(triage, {subject: ' ham', body: ' spam ham'}, tokenizer)).toEqual({
      prompt: 'Subject:  ham\nMessage:  spam ham\n\nSpam or ham? Answer:',
      truncated: false,
    });
  });

  it('cuts the trimmed input to what the others leave, never template or answer cue', () => {
    const {prompt, truncated} = renderPrompt(
      triage,
      {subject: ' ham ham', body: ' spam'.repeat(50)},
      tokenizer,
    );
    expect(prompt).toBe(`Subject:  ham ham\nMessage: ${' spam'.repeat(6)}\n\nSpam or ham? Answer:`);
    expect(truncated).toBe(true);
  });

  it('cuts the other inputs too, where they alone are too long', () => {
    const {prompt} = renderPrompt(triage, {subject: ' ham'.repeat(50), body: 'body'}, tokenizer);
    expect(prompt).toBe(`Subject: ${' ham'.repeat(8)}\nMessage: \n\nSpam or ham? Answer:`);
  });

  it('holds no control token that a user wrote', () => {
    const wide = {...triage, maxInputTokens: 500};
    const fields = {subject: '<|im_end|> <filename>', body: '<|im_<|im_end|>end|> <|im_start|>'};
    const {prompt} = renderPrompt(wide, fields, tokenizer);
    expect(prompt).toContain('Subject: < |im_end|> < filename>\n');
    expect(tokenizer.encodePrompt(prompt).every((id) => id > 2)).toBe(true);
  });

  it('is the same bytes when its own cut fields come back', () => {
    const once = renderPrompt(triage, {subject: ' ham', body: ' spam ham\n 12'.repeat(9)}, tokenizer);
    const body = /Message: ([^]*)\n\nSpam/.exec(once.prompt)![1]!;
    expect(renderPrompt(triage, {subject: ' ham', body}, tokenizer).prompt).toBe(once.prompt);
  });

  it('says which field is missing', () => {
    expect(() => renderPrompt(triage, {subject: 'x'}, tokenizer)).toThrow(
      'task "triage" needs the field "body"; the input has subject',
    );
  });

  it('is one user turn of the model, in chat format', () => {
    const chat: PromptVersion = {
      ...triage,
      format: 'chat',
      system: 'Be brief.',
      template: '{{subject}}|{{body}}',
    };
    expect(renderPrompt(chat, {subject: 'a', body: 'b'}, tokenizer).prompt).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\na|b<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it('needs a model with a chat template for that', async () => {
    const {chatTemplate: _, ...bare} = tokenizer;
    const without = {...bare, chatTemplate: null};
    expect(() => renderPrompt({...triage, format: 'chat'}, {subject: 'a', body: 'b'}, without)).toThrow(
      'the base model has no chat template',
    );
  });

  it('keeps the newest turns of a conversation, and its system message', () => {
    const messages = [
      {role: 'system', content: 'S'},
      {role: 'user', content: ' spam'},
      {role: 'assistant', content: ' ham ham ham ham'},
      {role: 'user', content: ' spam spam spam'},
    ] as const;
    const {prompt, truncated} = renderPrompt(prompts.talk!, {}, tokenizer, [...messages]);
    // 3 tokens of the last message; 4 and 13 around them, "assistant" letter by letter; 1 and 13. The first would take 9.
    expect(prompt).toBe(
      '<|im_start|>system\nS<|im_end|>\n<|im_start|>assistant\n ham ham ham ham<|im_end|>\n' +
        '<|im_start|>user\n spam spam spam<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(truncated).toBe(true);
    const roomy = {...prompts.talk!, maxInputTokens: 43};
    expect(renderPrompt(roomy, {}, tokenizer, [...messages])).toMatchObject({truncated: false});
  });

  describe('of a conversation', () => {
    const talk = {...prompts.talk!, maxInputTokens: 2048};
    const long = ' spam'.repeat(39_000);
    const user = (content: string) => ({role: 'user' as const, content});
    const system = (content: string) => ({role: 'system' as const, content});
    /** Around what is counted stands what every prompt has: the last message's marks and the cue. */
    const FRAME = 8 + 11;
    const rendered = (messages: Message[]) => {
      const {prompt, truncated} = renderPrompt(talk, {}, tokenizer, messages);
      return {prompt, truncated, tokens: tokenizer.encodePrompt(prompt).length};
    };

    it('cuts a system message that the client sends to what the last message leaves', () => {
      const {prompt, truncated, tokens} = rendered([system(long), user(' ham ham')]);
      expect(truncated).toBe(true);
      expect(tokens).toBeLessThanOrEqual(2048 + FRAME);
      expect(prompt.match(/ spam/g)).toHaveLength(2048 - 2 - 13);
      expect(prompt).toContain('<|im_start|>user\n ham ham<|im_end|>');
    });

    it('leaves the last message half of the tokens, and what the system message does not take', () => {
      const both = rendered([system(long), user(' ham'.repeat(39_000))]);
      expect([both.prompt.match(/ spam/g)!.length, both.prompt.match(/ ham/g)!.length]).toEqual([1011, 1024]);
      const short = rendered([system(' spam'), user(' ham'.repeat(39_000))]);
      expect([short.prompt.match(/ spam/g)!.length, short.prompt.match(/ ham/g)!.length]).toEqual([1, 2034]);
    });

    it('counts what stands around each message', () => {
      const {truncated, tokens} = rendered(Array.from({length: 1990}, () => user('')));
      expect(truncated).toBe(true);
      expect(tokens).toBeGreaterThan(2000);
      expect(tokens).toBeLessThanOrEqual(2048 + FRAME);
    });

    it('cuts training rows alike', () => {
      const messages = [system(long), ...Array.from({length: 99}, () => user(' ham'.repeat(40)))];
      const row = {fields: {}, messages: [...messages, {role: 'assistant' as const, content: 'spam'}]};
      expect(renderTraining(talk, row, tokenizer)!.prompt).toBe(rendered(messages).prompt);
    });
  });
});

describe('an example for training', () => {
  const row = {fields: {subject: 'ham ham', body: 'hello'}, label: 'spam'};

  it('ends with the choice, and nothing behind it', () => {
    expect(renderTraining(triage, row, tokenizer)).toMatchObject({completion: ' spam', eos: false});
    expect(renderTraining({...triage, format: 'chat'}, row, tokenizer)).toMatchObject({completion: ' spam'});
    expect(promptsFromConfig({tasks: {t: {...config.tasks.triage!, format: 'chat'}}}).t!.choices).toEqual({
      spam: 'spam',
      ham: 'ham',
    });
  });

  it('has the prompt that serving has', () => {
    expect(renderTraining(triage, row, tokenizer)!.prompt).toBe(
      renderPrompt(triage, row.fields, tokenizer).prompt,
    );
  });

  it('does not exist for a row without an answer', () => {
    expect(renderTraining(triage, {fields: row.fields}, tokenizer)).toBeNull();
    expect(renderTraining(triage, {...row, label: 'toString'}, tokenizer)).toBeNull();
    expect(renderTraining(prompts.subject!, {fields: {subject: '  ', body: 'x'}}, tokenizer)).toBeNull();
  });

  it('generates the target field, which the prompt does not show', () => {
    const example = renderTraining(prompts.subject!, row, tokenizer)!;
    expect(example).toEqual({prompt: 'hello\nSubject:', completion: ' ham ham', eos: true});
    const long = renderTraining(
      prompts.subject!,
      {fields: {...row.fields, subject: 'ham '.repeat(40)}},
      tokenizer,
    )!;
    expect(long.eos).toBe(false);
    expect(tokenizer.encode(long.completion).length).toBeLessThanOrEqual(6);
  });

  it('answers with the last turn of a conversation', () => {
    const messages = [
      {role: 'user' as const, content: 'hi'},
      {role: 'assistant' as const, content: 'spam'},
    ];
    expect(renderTraining(prompts.talk!, {fields: {}, messages}, tokenizer)).toEqual({
      prompt: '<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n',
      completion: 'spam',
      eos: true,
    });
  });

  it('answers with every turn of the assistant where it is asked to, each with what ends it', () => {
    const messages = [
      {role: 'user' as const, content: 'é'},
      {role: 'assistant' as const, content: '😀 ham'},
      {role: 'user' as const, content: 'b'},
      {role: 'assistant' as const, content: 'spam'},
    ];
    const of = (everyAnswer: boolean) =>
      renderTraining(prompts.talk!, {fields: {}, messages}, tokenizer, {everyAnswer})!;
    const {prompt, completion, spans} = of(true);
    expect(spans!.map(([from, to]) => [...prompt].slice(from, to).join(''))).toEqual(['😀 ham<|im_end|>']);
    expect([prompt, completion]).toEqual([of(false).prompt, 'spam']);
    expect(of(false)).not.toHaveProperty('spans');
  });

  it('refuses a template that renders a turn another way once later ones follow', async () => {
    const forgetful =
      "{% for m in messages %}{{ m.role + ':' + (m.content if loop.last or m.role == 'user' else '…') + '\n' }}{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}";
    const bytes = tinyTokenizerGguf({'tokenizer.chat_template': {text: forgetful}});
    const other = await tokenizerFromGguf((n) => Promise.resolve(bytes.subarray(0, n)));
    const messages = ['a', 'ham', 'b', 'spam'].map((content, i) => ({
      role: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content,
    }));
    expect(() => renderTraining(prompts.talk!, {fields: {}, messages}, other, {everyAnswer: true})).toThrow(
      /roles_to_train: the base model's chat template renders a turn of task "talk" another way/,
    );
  });
});

describe('prompts from a project', () => {
  it('say everything that the answer depends on', () => {
    expect(triage).toEqual({
      v: 1,
      task: 'triage',
      kind: 'classification',
      template: 'Subject: {{subject}}\nMessage: {{ body }}\n\nSpam or ham? Answer:',
      format: 'plain',
      inputs: ['subject', 'body'],
      trim: 'body',
      maxInputTokens: 8,
      maxOutputTokens: 32,
      temperature: 0,
      stop: [],
      choices: {spam: ' spam', ham: ' ham'},
    });
  });

  it.each([
    [{prompt: '{{subject}} {{boby}}'}, '{{boby}} is none of its inputs (subject, body)'],
    [{prompt: '{{subject}}'}, 'inputs: "body" is not in the prompt'],
    [{trim: 'text'}, 'trim: "text" is none of its inputs'],
    [{labels: undefined}, 'labels: expected the names of the classes'],
    [{kind: 'generation' as const, target: 'subject'}, 'target: "subject" is an input too'],
  ])('name the key that is wrong: %o', (change, message) => {
    expect(() => promptsFromConfig({tasks: {t: {...config.tasks.triage!, ...change}}})).toThrow(message);
  });

  it('make the input transform', () => {
    const transform = transformFromConfig(config);
    expect(transform).toMatchObject({
      format: 'mail',
      fields: ['subject', 'body'],
      code: digestOf({transform: TRANSFORM_VERSION}),
    });
    expect(transform.pii).toEqual([...transform.pii].sort());
  });
});
