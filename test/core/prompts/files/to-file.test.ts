import fc from 'fast-check';
import {expect, test} from 'vitest';
import {parsePromptFile} from '../../../../core/prompts/files/parse-prompt-file.ts';
import {promptDigest} from '../../../../core/prompts/files/prompt-digest.ts';
import {promptToFile} from '../../../../core/prompts/files/to-file.ts';
import {PromptArtifact, type ValueShape} from '../../../../schemas/prompt-file.ts';
import {readFrontMatter} from '../../../../schemas/prompt-file/read-front-matter.ts';

const string = fc.oneof(
  fc.string({unit: 'binary', maxLength: 12}).filter((text) => text.isWellFormed() && text !== ''),
  fc.constantFrom(
    '---',
    '# user',
    'yes',
    'null',
    '1e3',
    ': ',
    '- x',
    '\n',
    ' x ',
    '{a}',
    '&a',
    '*a',
    '!x',
    '%',
    '"',
    "'",
  ),
);
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
const flag = fc.constantFrom(undefined, true as const);

const shape: fc.Arbitrary<ValueShape> = fc.letrec<{shape: ValueShape}>((tie) => ({
  shape: fc.oneof(
    {maxDepth: 3},
    fc.record({type: fc.constantFrom('number' as const, 'boolean' as const), optional: flag}),
    fc.record({
      type: fc.constant('string' as const),
      optional: flag,
      enum: fc.option(fc.array(string, {minLength: 1, maxLength: 3}), {nil: undefined}),
      maxChars: fc.option(fc.integer({min: 1, max: 1e9}), {nil: undefined}),
    }),
    fc.record({type: fc.constant('array' as const), items: fc.option(tie('shape'), {nil: undefined})}),
    fc.record({
      type: fc.constant('object' as const),
      properties: fc.option(fc.dictionary(name, tie('shape'), {maxKeys: 3}), {nil: undefined}),
    }),
  ),
})).shape;

const line = fc.constantFrom(
  '# user',
  '\\# system',
  '```',
  '~~~',
  'You sort mail.',
  '  ',
  '',
  '---',
  '{% raw %}{{ x }}{% endraw %}',
  'ä😀',
);
const text = fc
  .array(line, {maxLength: 6})
  .map((lines) => ['Start', ...lines, '```', '~~~', 'end'].join('\n'));

const artifact: fc.Arbitrary<PromptArtifact> = fc
  .record({
    description: fc.option(string, {nil: undefined}),
    inputs: fc.dictionary(
      name,
      fc
        .tuple(shape, flag, fc.constantFrom(undefined, false as const))
        .map(([one, trusted, delimit]) => ({...one, trusted, delimit})),
      {maxKeys: 3},
    ),
    messages: fc.tuple(
      fc.option(text),
      fc.array(fc.tuple(fc.constantFrom('user' as const, 'assistant' as const), text), {maxLength: 2}),
    ),
    settings: fc.record(
      {
        temperature: fc.double({min: 0, max: 2, noNaN: true}).map(Math.abs),
        seed: fc.nat(),
        stop: fc.array(string, {minLength: 1, maxLength: 2}),
      },
      {requiredKeys: []},
    ),
    format: fc.oneof(
      fc.constantFrom('text' as const, 'json' as const),
      fc.jsonValue({maxDepth: 2}).map((value) => ({jsonSchema: {name: 'a', schema: {const: value}}})),
    ),
  })
  .map(({description, inputs, messages: [system, others], settings, format}): PromptArtifact => {
    const uses = Object.keys(inputs).map((input) => `{{ ${input} | json }}`);
    return PromptArtifact.parse(
      JSON.parse(
        JSON.stringify({
          v: 1,
          name: 'p',
          description,
          inputs,
          messages: [
            ...(system === null ? [] : [{role: 'system', template: system}]),
            ...others.map(([role, template]) => ({role, template})),
            {role: 'user', template: ['Inputs', ...uses, '{% render "a" %}'].join('\n')},
          ],
          partials: {a: 'one\n{% render "b" %}\n', b: ''},
          settings,
          responseFormat: format,
        }),
      ),
    );
  });

test('an artifact’s files read as the same artifact, and write the same files', () => {
  fc.assert(
    fc.property(artifact, (prompt) => {
      // A fence that a section leaves open hides the next heading, so no file says such a prompt.
      fc.pre(
        prompt.messages.every(
          ({template}) =>
            parsePromptFile(`# user\n${template}\n# user\nx`, {
              file: 'p.prompt.md',
              partials: prompt.partials,
              readFrontMatter,
            }).ok || template.startsWith('Inputs'),
        ),
      );
      const files = promptToFile(prompt, readFrontMatter);
      const partials = {a: files['_a.prompt.md']!, b: files['_b.prompt.md']!};
      const read = parsePromptFile(files['p.prompt.md']!, {file: 'p.prompt.md', partials, readFrontMatter});
      expect(read).toMatchObject({ok: true});
      const again = (read as {artifact: PromptArtifact}).artifact;
      expect(promptDigest(again)).toBe(promptDigest(prompt));
      expect(again).toEqual(prompt);
      expect(promptToFile(again, readFrontMatter)).toEqual(files);
    }),
    {numRuns: 100, seed: 1},
  );
});
