import {Parser} from 'htmlparser2';
import {describe, expect, it} from 'vitest';
import {parse as parseYaml} from 'yaml';
import {renderHtml} from '../../../../core/evaluation/report/html/page.ts';
import {renderMarkdown} from '../../../../core/evaluation/report/markdown.ts';
import {renderModelCard} from '../../../../core/evaluation/report/model-card.ts';
import {exampleView, GATES} from './example-view.ts';

/** Element names, attributes and text of a page, as a browser's parser finds them. */
function read(html: string) {
  const tags: {name: string; attributes: Record<string, string>}[] = [];
  let text = '';
  const parser = new Parser({
    onopentag: (name, attributes) => tags.push({name, attributes}),
    ontext: (part) => (text += part),
  });
  parser.end(html);
  return {tags, text};
}

const view = exampleView();
const html = renderHtml(view);

describe('the HTML report', () => {
  it('says the verdict and why, first of all', () => {
    const {text} = read(html);
    expect(text.indexOf('All 8 required gates passed.')).toBeGreaterThan(0);
    expect(text.indexOf('All 8 required gates passed.')).toBeLessThan(text.indexOf('Gates'));
    const failed = read(renderHtml(exampleView({quality: {spam: 0.5}}))).text;
    expect(failed).toMatch(
      /2 of 8 required gates failed: Balanced accuracy \(triage\); Recall of spam \(triage\)\./,
    );
    expect(failed).toMatch(/at least 0\.75: 0\.\d+, upper 95 % bound 0\.\d+ < 0\.75 \(n = 80\)/);
  });

  it('names the slice of a gate that decided', () => {
    const gate = {...GATES[0]!, test: 'at-least', margin: 0, limit: 0.99, when: 'always'} as const;
    const failed = read(renderHtml(exampleView({gates: [{...gate, slice: 'new-thread'}]}))).text;
    expect(failed).toMatch(/1 of 1 required gates [a-z ]+: Balanced accuracy \(triage\), slice new-thread\./);
  });

  it('loads nothing and runs nothing', () => {
    const {tags} = read(html);
    expect(tags.map((tag) => tag.name)).not.toContain('script');
    for (const {attributes} of tags) {
      for (const name of ['src', 'srcset', 'data', 'poster', 'action'])
        expect(attributes).not.toHaveProperty(name);
      if (attributes.href !== undefined) expect(attributes.href).toMatch(/^#/);
      expect(Object.keys(attributes).filter((name) => name.startsWith('on'))).toEqual([]);
    }
    expect(html).not.toMatch(/url\(|@import/);
    const policy = tags.find(({attributes}) => attributes['http-equiv'] === 'Content-Security-Policy');
    expect(policy!.attributes.content).toContain("default-src 'none'");
  });

  it('shows every gate with its plot, the peers, slices, confusion, forgetting, probes, failures and digests', () => {
    const {tags, text} = read(html);
    const labels = tags.filter((tag) => tag.name === 'svg').map((tag) => tag.attributes['aria-label']);
    expect(labels).toContainEqual(expect.stringMatching(/^Balanced accuracy \(triage\): difference 0\.4/));
    expect(labels).toContainEqual(
      expect.stringMatching(/candidate 0\.9\d+, base = stable 0\.500, always ham 0\.500, bag of words/),
    );
    for (const part of [
      'new-thread',
      'is \\ called',
      'The texts that suffered most',
      'Prompt injection',
      'ham called spam',
      'no judge is configured',
      'a'.repeat(64),
      'near_duplicate',
      'validation 1.',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('is readable by assistive technology: language, one h1, named pictures, scoped heads, captions', () => {
    const {tags} = read(html);
    expect(tags.find((tag) => tag.name === 'html')!.attributes.lang).toBe('en');
    expect(tags.filter((tag) => tag.name === 'h1')).toHaveLength(1);
    for (const {name, attributes} of tags) {
      if (name === 'svg') expect(attributes['aria-label']).toBeTruthy();
      if (name === 'th') expect(attributes.scope).toMatch(/^(col|row)$/);
    }
    expect(tags.filter((tag) => tag.name === 'caption')).toHaveLength(
      tags.filter((tag) => tag.name === 'table').length,
    );
    const ids = tags.flatMap((tag) => tag.attributes.id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('text of mails and answers stays text', () => {
    const planted = `</pre><script>alert(1)</script><img src=x onerror=alert(1)>\u202egnp.exe`;
    const {tags, text} = read(renderHtml(exampleView({planted})));
    expect(tags.map((tag) => tag.name)).not.toContain('script');
    expect(tags.map((tag) => tag.name)).not.toContain('img');
    expect(text).toContain('<script>alert(1)</script>');
    expect(text).not.toContain('\u202e');
  });

  it('the same samples give the same bytes', () => expect(renderHtml(exampleView())).toBe(html));

  it('a gate that was not measured says so and has no plot', () => {
    const judge = view.report.gates.find((gate) => gate.spec.metric === 'judge_win_rate')!;
    expect(judge).toMatchObject({verdict: 'inconclusive', candidate: null});
    expect(read(html).text).toContain('not measured: no judge is configured (gauntlet.judge)');
  });
});

describe('the Markdown report', () => {
  const markdown = renderMarkdown(view);
  it('has the verdict, a row a gate, and the figures', () => {
    expect(markdown).toMatch(
      /^# mail: gauntlet of release aaaaaaaaaaaa\n\n\*\*Pass\.\*\* All 8 required gates passed/,
    );
    const table = markdown.split('## Gates')[1]!.split('##')[0]!;
    expect(table.trim().split('\n')).toHaveLength(GATES.length + 2);
    expect(markdown).toMatch(
      /\| Balanced accuracy \\\(triage\\\) \| better than stable \| 0\.9\d+ \[0\.\d+, 0\.\d+\]/,
    );
  });
  it('text of mails cannot end a cell or become markup', () => {
    const text = renderMarkdown(exampleView({planted: '| x | [a](javascript:1) <b> **bold** `c`'}));
    expect(text).toContain('\\| x \\| \\[a\\]\\(javascript:1\\) &lt;b&gt; \\*\\*bold\\*\\*');
  });
});

describe('the model card', () => {
  const card = renderModelCard(view);
  it('has front matter that Hugging Face reads, with the measured figures', () => {
    const front = parseYaml(card.split('---')[1]!) as Record<string, unknown>;
    expect(front).toMatchObject({
      library_name: 'peft',
      pipeline_tag: 'text-generation',
      tags: ['ratchet', 'lora'],
    });
    const results = (front['model-index'] as {results: {metrics: {type: string; value: number}[]}[]}[])[0]!
      .results;
    const accuracy = results.flatMap((r) => r.metrics).find((m) => m.type === 'triage_balanced_accuracy')!;
    expect(accuracy.value).toBeCloseTo(view.report.metrics.candidate.triage_balanced_accuracy!.value, 5);
  });
  it("has the template's sections", () => {
    for (const heading of [
      '## Model details',
      '## Uses',
      '### Out-of-scope use',
      '## Bias, risks and limitations',
      '## How to get started',
      '## Training details',
      '### Training data',
      '### Training procedure',
      '## Evaluation',
      '### Results',
      '## Environmental impact',
      '## Technical specifications',
    ]) {
      expect(card).toContain(`\n${heading}\n`);
    }
    expect(card).toContain('Subject: {{subject}}');
    expect(card).toContain('3,052 records');
  });
});
