import {describe, expect, test} from 'vitest';
import {promptDigest} from '../../../../core/prompts/files/prompt-digest.ts';
import {PromptArtifact} from '../../../../schemas/prompt-file.ts';
import {TRIAGE, problemsOf, promptOf} from './prompts.ts';

describe('a prompt file', () => {
  test('is an artifact: front matter in camel case without defaults, a message a section', () => {
    const artifact = promptOf(TRIAGE, {}, 'prompts/triage.prompt.md');
    expect(artifact).toEqual({
      v: 1,
      name: 'triage',
      description: 'Sorts a mail',
      inputs: {subject: {type: 'string', maxChars: 500}, body: {type: 'string'}},
      messages: [
        {role: 'system', template: 'You sort mail.'},
        {role: 'user', template: 'Subject: {{ subject }}\n{{ body }}'},
      ],
      partials: {},
      settings: {temperature: 0, topP: 1, maxInputTokens: 512, maxOutputTokens: 64, stop: ['\n'], seed: 7},
      responseFormat: 'text',
    });
    expect(PromptArtifact.parse(artifact)).toEqual(artifact);
  });

  test('without front matter and headings is one user message', () => {
    expect(promptOf('\n\nHello.\n\nBye. \n\n').messages).toEqual([
      {role: 'user', template: 'Hello.\n\nBye. '},
    ]);
  });

  test('holds the partials that it renders, and theirs', () => {
    const beside = {sign: 'Yours,\n{% render "name" %}\n', name: 'Ann\n', other: '{{ broken'};
    expect(promptOf('Hi\n{% render "sign" %}', beside).partials).toEqual({
      name: 'Ann',
      sign: 'Yours,\n{% render "name" %}',
    });
  });

  test('takes a JSON schema and examples', () => {
    const digest = 'a'.repeat(64);
    const text = `---
response_format: {json_schema: {name: mail, schema: {type: object, properties: {label: {type: string}}}}}
examples: {dataset: ${digest}, rows: [r1, r2]}
---
Sort.`;
    expect(promptOf(text)).toMatchObject({
      responseFormat: {
        jsonSchema: {name: 'mail', schema: {type: 'object', properties: {label: {type: 'string'}}}},
      },
      examples: {dataset: digest, rows: ['r1', 'r2']},
    });
  });
});

describe('the digest', () => {
  test('is golden: another one for the same file would orphan every stored prompt', () => {
    expect(promptDigest(promptOf(TRIAGE, {}, 'triage.prompt.md'))).toMatchInlineSnapshot(
      `"f3c0ebd77c6cdbfe7ec252b30d7626063720485c495e725345db92cceef34c6d"`,
    );
  });

  test.for([
    ['CRLF', TRIAGE.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${TRIAGE}`],
    ['trailing blanks in the front matter', TRIAGE.replaceAll(/(inputs:|---|64,)/g, '$1  ')],
    [
      'another order of keys',
      TRIAGE.replace(/(settings.*\n)/, '').replace('---\n', `---\n${/(settings.*\n)/.exec(TRIAGE)![0]}`),
    ],
    [
      'defaults that are written out',
      TRIAGE.replace('{type: string}', '{type: string, trusted: false, optional: false, delimit: true}'),
    ],
    ['another description', TRIAGE.replace('Sorts a mail', 'Sorts mail well')],
    ['no description', TRIAGE.replace('description: Sorts a mail # optional\n', '')],
    ['more blank lines between sections', TRIAGE.replace('\n# user', '\n\n\n# user  ')],
  ])('is the same with %s', ([, text]) => {
    expect(text).not.toBe(TRIAGE);
    expect(promptDigest(promptOf(text!))).toBe(promptDigest(promptOf(TRIAGE)));
  });

  test.for([
    ['a word', TRIAGE.replace('sort mail', 'sort mails')],
    ['a setting', TRIAGE.replace('temperature: 0', 'temperature: 0.1')],
    ['trust', TRIAGE.replace('{type: string}', '{type: string, trusted: true}')],
    ['a blank at the end of a line of a message', TRIAGE.replace('{{ subject }}', '{{ subject }} ')],
  ])('is another one with another %s', ([, text]) => {
    expect(promptDigest(promptOf(text!))).not.toBe(promptDigest(promptOf(TRIAGE)));
  });
});

describe('what is wrong is named with file, line and column', () => {
  test.for<[string, string, string[]]>([
    [
      'an unknown key',
      '---\nsetings: {}\n---\nx',
      [
        'p.prompt.md:2:1: setings: expected a known key (did you mean "settings"?), got the unknown key "setings"',
      ],
    ],
    [
      'a wrong type',
      '---\nsettings:\n  seed: one\n---\nx',
      ['p.prompt.md:3:3: settings.seed: expected a number, got "one"'],
    ],
    [
      'bad YAML',
      '---\na: [\n---\nx',
      [
        'p.prompt.md:2:5: expected valid YAML, got: Flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
    ],
    [
      'an alias',
      '---\na: &x 1\nb: *x\n---\nx',
      ['p.prompt.md:2:1: expected YAML without aliases and deep nesting, got: Alias resolution is disabled'],
    ],
    [
      'a key that is there twice',
      '---\nsettings: {}\nsettings: {}\n---\nx',
      ['p.prompt.md:3:1: expected each key once, got "settings" again'],
    ],
    [
      'no end',
      '---\na: 1\nx',
      ['p.prompt.md:1:1: expected a line "---" that ends the front matter, got none'],
    ],
    [
      'an input that is a word of the language',
      '---\ninputs: {forloop: {type: string}}\n---\nx',
      [
        'p.prompt.md:2:10: inputs.forloop: expected a name that is no word of the template language, got "forloop"',
      ],
    ],
    [
      'a variable that is not declared',
      '---\ninputs: {body: {type: string}}\n---\n{{ body }}\n  {{ bdy }}',
      ['p.prompt.md:5:6: expected one of the variables body, got "bdy": declare it, or correct the name'],
    ],
    [
      'an input that is not used',
      '---\ninputs:\n  a: {type: string}\n  b: {type: string}\n---\n{{ a }}',
      ['p.prompt.md:4:3: inputs.b: expected {{ b }} in a message, got none: use it, or remove the input'],
    ],
    [
      'a section without text',
      '# system\n\n# user\nx',
      ['p.prompt.md:1:1: expected text in the system message, got none: write it, or remove its heading'],
    ],
    [
      'text before the first heading',
      'a\n# user\nx',
      ['p.prompt.md:1:1: expected no text before the first heading, got "a": give it a heading of its own'],
    ],
    [
      'a late system message',
      '# user\nx\n# system\ny',
      [
        'p.prompt.md:3:1: expected at most one system message, before all others, got another one: move it to the top',
      ],
    ],
    [
      'no user message',
      '# system\ny',
      ['p.prompt.md:1:1: expected a user message, got none: add the heading "# user"'],
    ],
    [
      'a fence that hides a heading',
      '# system\n```\nx\n# user\ny',
      [
        'p.prompt.md:2:1: expected a line that closes this code fence, got none: "# user" in line 4 would be text of the block',
        'p.prompt.md:1:1: expected a user message, got none: add the heading "# user"',
      ],
    ],
    [
      'a partial that is listed and not rendered',
      '---\npartials: [a]\n---\nx',
      [
        "p.prompt.md:2:12: partials[0]: expected {% render 'a' %} in a template, got none: use it, or remove it from the list",
      ],
    ],
    [
      'a tag that spans two sections',
      '# system\n{% if true %}x\n# user\n{% endif %}y',
      [
        'p.prompt.md:2:1: expected {% endif %} in this message, got none',
        'p.prompt.md:4:1: expected one of the tags if, unless, case, for, comment, raw, elsif, else, when, render, got {% endif %}',
      ],
    ],
  ])('%s', ([, text, problems]) => {
    expect(problemsOf(text)).toEqual(problems);
  });
});
