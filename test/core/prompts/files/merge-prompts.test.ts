import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {mergePrompts} from '../../../../core/prompts/files/merge/merge-prompts.ts';
import {promptDigest} from '../../../../core/prompts/files/prompt-digest.ts';
import {readFrontMatter} from '../../../../schemas/prompt-file/read-front-matter.ts';
import {TRIAGE, promptOf} from './prompts.ts';

const source = {file: 'p.prompt.md', readFrontMatter};
const merge = (base: string, ours: string, theirs: string) => mergePrompts(base, ours, theirs, source);

describe('edits that do not touch go together', () => {
  test('two settings on one line, and a line of each message', () => {
    const ours = TRIAGE.replace('temperature: 0', 'temperature: 1').replace(
      'You sort mail.',
      'You sort mails.',
    );
    const theirs = TRIAGE.replace('seed: 7', 'seed: 8').replace('Subject:', 'About:');
    const both = ours.replace('seed: 7', 'seed: 8').replace('Subject:', 'About:');
    const result = merge(TRIAGE, ours, theirs);
    expect(result.status).toBe('merged');
    expect(promptDigest(promptOf(result.file))).toBe(promptDigest(promptOf(both)));
    expect(result.file).toContain('# optional');
  });

  test('an input that is added, one that is removed, and the lines that use them', () => {
    const ours = TRIAGE.replace(
      '  body: {type: string}',
      '  body: {type: string}\n  from: {type: string}',
    ).replace('# system', '# system\nFrom {{ from }}.');
    const theirs = TRIAGE.replace('  subject: {type: string, max_chars: 500}\n', '').replace(
      'Subject: {{ subject }}\n',
      '',
    );
    const result = merge(TRIAGE, ours, theirs);
    expect(result.status).toBe('merged');
    expect(Object.keys(promptOf(result.file).inputs)).toEqual(['body', 'from']);
  });

  test('the same edit on both sides', () => {
    const edit = TRIAGE.replace('seed: 7', 'seed: 8');
    const ours = edit.replace('You sort', 'You read');
    expect(merge(TRIAGE, ours, edit)).toEqual({status: 'merged', file: ours});
  });
});

describe('a conflict', () => {
  test('of a key has the key’s lines of both sides between markers', () => {
    const ours = TRIAGE.replace('temperature: 0', 'temperature: 1');
    const theirs = TRIAGE.replace('temperature: 0', 'temperature: 2').replace('seed: 7', 'seed: 8');
    const result = merge(TRIAGE, ours, theirs);
    expect(result).toMatchObject({
      status: 'conflict',
      conflicts: [{kind: 'key', key: 'settings.temperature', base: '0', ours: '1', theirs: '2'}],
    });
    expect(result.file).toContain(
      'settings:\n<<<<<<< ours\n  temperature: 1\n=======\n  temperature: 2\n>>>>>>> theirs\n  top_p: 1\n',
    );
    expect(result.file).toContain('seed: 8');
  });

  test('of a key that one side removed has nothing on that side', () => {
    const ours = TRIAGE.replace(/settings.*\n/, '');
    const theirs = TRIAGE.replace('seed: 7', 'seed: 8');
    const result = merge(TRIAGE, ours, theirs);
    expect(result).toMatchObject({conflicts: [{kind: 'key', key: 'settings', ours: null}]});
    expect(result.file).toContain('<<<<<<< ours\n=======\nsettings:\n  temperature: 0\n');
  });

  test('of lines names the first marker’s', () => {
    const ours = TRIAGE.replace('You sort mail.', 'You sort.');
    const theirs = TRIAGE.replace('You sort mail.', 'You mail.');
    const result = merge(TRIAGE, ours, theirs);
    expect(result).toMatchObject({
      conflicts: [{kind: 'lines', base: 'You sort mail.', ours: 'You sort.', theirs: 'You mail.'}],
    });
    const at = result.file.split('\n').indexOf('<<<<<<< ours') + 1;
    expect(result).toMatchObject({conflicts: [{line: at}]});
  });

  test('is also a result that is no prompt, though every edit went in', () => {
    const ours = TRIAGE.replace('  subject: {type: string, max_chars: 500}\n', '').replace(
      'Subject: {{ subject }}\n',
      '',
    );
    const theirs = TRIAGE.replace('You sort mail.', 'You sort mail. {{ subject }}');
    expect(merge(TRIAGE, ours, theirs)).toMatchObject({
      status: 'conflict',
      conflicts: [{kind: 'result', message: expect.stringContaining('got "subject"')}],
    });
  });

  test('in front matter that is no YAML is one of lines', () => {
    const bad = TRIAGE.replace('inputs:', 'inputs: [');
    expect(merge(TRIAGE, bad, TRIAGE.replace('inputs:', 'input:'))).toMatchObject({
      conflicts: [{kind: 'lines', line: 3}],
    });
  });
});

test('too many lines are refused, not compared', () => {
  const long = (word: string) => `# user\n${`${word}\n`.repeat(5_000)}`;
  expect(() => merge(long('a'), long('b'), long('c'))).toThrow('expected at most 5000 lines to merge');
});

describe('of any edits', () => {
  const word = fc.constantFrom('one', 'two', 'three', '', '## x', '```\nx\n```');
  const edited = fc
    .record({
      temperature: fc.constantFrom(0, 1, undefined),
      seed: fc.constantFrom(1, 2, undefined),
      system: fc.option(fc.array(word, {maxLength: 4})),
      user: fc.array(word, {maxLength: 6}),
      note: fc.boolean(),
    })
    .map(({temperature, seed, system, user, note}) => {
      const settings = [
        temperature === undefined ? '' : `  temperature: ${temperature}\n`,
        seed === undefined ? '' : `  seed: ${seed}\n`,
      ].join('');
      const inputs = note ? 'inputs:\n  note: {type: string}\n' : '';
      const matter =
        settings + inputs === ''
          ? ''
          : `---\n${inputs}${settings === '' ? '' : `settings:\n${settings}`}---\n`;
      const first = system === null ? '' : `# system\nS\n${system.join('\n')}\n`;
      return `${matter}${first}# user\nU\n${user.join('\n')}\n${note ? '{{ note }}\n' : ''}E\n`;
    });

  test('an edit on one side is the result; the same on both is, too', () => {
    fc.assert(
      fc.property(edited, edited, (base, other) => {
        const merged = {status: 'merged', file: other};
        expect(merge(base, base, other)).toEqual(merged);
        expect(merge(base, other, base)).toEqual(merged);
        expect(merge(base, other, other)).toEqual(merged);
      }),
      {numRuns: 200, seed: 1},
    );
  });

  test('which side is ours decides nothing', () => {
    fc.assert(
      fc.property(edited, edited, edited, (base, one, other) => {
        const [here, there] = [merge(base, one, other), merge(base, other, one)];
        expect(there.status).toBe(here.status);
        if (here.status === 'merged' && there.status === 'merged')
          expect(promptDigest(promptOf(there.file))).toBe(promptDigest(promptOf(here.file)));
      }),
      {numRuns: 400, seed: 2},
    );
  });

  test('an edit of the settings and one of the body go together', () => {
    fc.assert(
      fc.property(edited, fc.constantFrom(3, 4), word, (base, seed, text) => {
        const ours = `---\nsettings: {seed: ${seed}}\n---\n${base.replace(/^---\n[^]*?---\n/, '')}`;
        fc.pre(!base.includes('{{'));
        const theirs = base.replace('E\n', `E\n${text}x\n`);
        const {status, file} = merge(base, ours, theirs);
        expect(status).toBe('merged');
        expect(promptOf(file).messages).toEqual(promptOf(theirs).messages);
        expect(promptOf(file).settings.seed).toBe(seed);
      }),
      {numRuns: 100, seed: 3},
    );
  });
});
