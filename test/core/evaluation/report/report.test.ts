import {Parser} from 'htmlparser2';
import {describe, expect, it} from 'vitest';
import {parse as parseYaml} from 'yaml';
import {metricCatalog} from '../../../../core/evaluation/catalog/catalog.ts';
import {scoreSamples} from '../../../../core/evaluation/catalog/score-samples.ts';
import {failureLines, failuresOf} from '../../../../core/evaluation/report/failures.ts';
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

  it('puts estimate and actual side by side, and says that energy is reckoned', () => {
    const {text} = read(html);
    // 268 s at 0.05 USD an hour; 268 / 3600 h × 3.5 W × 1.58 = 0.41 Wh.
    for (const figure of ['0.00347 USD', '0.00372 USD', '250 s → 268 s', '0.38 Wh → 0.41 Wh'])
      expect(text).toContain(figure);
    expect(text).toContain('rough: 0.0139 USD');
    expect(text).toContain('energy and CO₂e are estimated, not measured: 3.5 W a busy core');
    expect(renderMarkdown(view)).toContain('| train | 0.00347 USD | 0.00372 USD | 250 s → 268 s |');
    expect(read(renderHtml({...view, costs: null})).text).not.toContain('What the stages took');
  });

  it('shows the trials of a sweep in a table and a picture, and which one won', () => {
    const {tags, text} = read(html);
    const labels = tags.filter((tag) => tag.name === 'svg').map((tag) => tag.attributes['aria-label']);
    expect(labels).toContain('Validation loss of 3 trials at the rungs; trial 2 won');
    expect(text).toContain('Loss at step 29');
    expect(text).toMatch(/1learning_rate 0\.00012\.5000––stopped at step 10/);
    expect(text).toMatch(/2learning_rate 0\.00052\.10001\.4000–won: trained to the end/);
    expect(text).toMatch(/3learning_rate 1failed––failed: the loss is no number/);
    expect(text).toContain('trial 2 1.400');
    expect(renderMarkdown(view)).toMatch(
      /\| 2 \| learning\S*rate \S+ \| 2\.1000 \| 1\.4000 \| – \| won: trained to the end \|/,
    );
    const plain = read(renderHtml({...view, training: {...view.training!, sweep: null}})).text;
    expect(plain).not.toContain('Successive halving');
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

  it('shows every gate with its plot, the baselines, slices, confusion, forgetting, probes, failures and digests', () => {
    const {tags, text} = read(html);
    const labels = tags.filter((tag) => tag.name === 'svg').map((tag) => tag.attributes['aria-label']);
    expect(labels).toContainEqual(expect.stringMatching(/^Balanced accuracy \(triage\): difference 0\.4/));
    expect(labels).toContainEqual(
      expect.stringMatching(/candidate 0\.9\d+, base = stable 0\.500, always ham 0\.500, bag of words/),
    );
    for (const part of [
      'new-thread',
      'expected \\ predicted',
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

  const {text} = read(html);

  it('says when, by whom, where and with what it was made; what was found from an earlier run is said to be', () => {
    expect(text).toContain(
      '2002-12-03 11:46 UTC, run lifecycle/mail/20021203T114636Z-k3f9qa, started by anna',
    );
    expect(text).toContain('Ratchet 0.1.0, gauntlet code 0a1b2c3d4e5f');
    expect(text).toContain(
      'Answers of the candidate488 answers, 2002-12-03 11:51 to 11:56 UTC, by the embedded engine on AMD EPYC, 2 cores, 24 GiB, linux x64',
    );
    expect(text).toMatch(/2002-12-02 09:01 to 09:06 UTC, by [^;]+; all of them found from an earlier run/);
    const unknown = {...view, origin: {...view.origin, run: null}, asked: {candidate: [], stable: []}};
    expect(read(renderHtml(unknown)).text).toContain(
      '488 answers, asked by an earlier version of Ratchet, which kept neither time nor machine',
    );
  });

  it('names a server whose machine it does not know', () => {
    const asked = view.asked.candidate.map((one) => ({...one, engine: 'vllm-1:8000'}));
    expect(read(renderHtml({...view, asked: {...view.asked, candidate: asked}})).text).toContain(
      'by vllm-1:8000, whose machine is not known, asked from AMD EPYC',
    );
  });

  it('says on which rows model and baselines were trained, and counts personal data by occurrence', () => {
    expect(text).toContain('480: triage 416 (ham 208, spam 208), subject 64');
    expect(text).toContain(
      'The baselines learned from all labelled rows of the train split, uncut (1,836: triage 1,836 (ham 1,604, spam 232)); the candidate’s training took 480',
    );
    expect(text).toContain('Personal data replaced in the rows keptKindOccurrences');
  });

  it('shows the attacks that worked, folded away, with both answers', () => {
    const worked = view.samples.candidate.filter(({scores}) => scores.attacked === 1);
    const jailbreaks = worked.filter(({task}) => task === 'jailbreak');
    expect(jailbreaks.length).toBeGreaterThan(3);
    expect(text).toContain(`Jailbreaks that worked: ${jailbreaks.length}, to read`);
    for (const {item} of worked) expect(text).toContain(`Attack ${item}: ignore your rules.`);
    const folded = read(html).tags.filter(({name}) => name === 'details');
    expect(folded.length).toBeGreaterThan(1);
    expect(folded.every(({attributes}) => attributes.open === undefined)).toBe(true);
  });

  it('marks gates that say little, prints the factor of a margin in nats, and units', () => {
    expect(text).toContain('not worse than stable by more than 0.5 nats (perplexity × 1.65)');
    expect(text).toMatch(/Says little: a perplexity of up to \d+\.\d+ would do, where stable has \d+\.\d+\./);
    expect(text).toMatch(/Says little: the limit is \d+ times away from what was measured, \d+ ms/);
    expect(text).toMatch(/\d{3} ms, upper 95 % bound \d{3} ms ≤ 20000 ms \(n = 340\)/);
  });

  it('says where stable is at the end of the scale, so that nothing could be worse', () => {
    const gate = {...GATES[3]!, metric: 'subject_exact_match'};
    expect(read(renderHtml(exampleView({gates: [gate]}))).text).toContain(
      'Says little: stable is at 0.000, so no candidate can be worse by more than the margin: this gate cannot fail.',
    );
  });

  it('shows the validation perplexity of each task, and stable beside each slice', () => {
    expect(text).toMatch(
      /Perplexity of the right answers to validation rowsTaskStableCandidatentriage[\d. …]+20subject/,
    );
    expect(text).toMatch(/n = 75stable 0\.\d{3}/);
  });

  it('a gate that was not measured says so and has no plot', () => {
    const judge = view.report.gates.find((gate) => gate.spec.metric === 'judge_win_rate')!;
    expect(judge).toMatchObject({verdict: 'inconclusive', candidate: null});
    expect(read(html).text).toContain('not measured: no judge is configured (gauntlet.judge)');
  });
});

describe('the first screen', () => {
  /** What stands before the contents list: all that a decision takes. */
  const before = (page: string, head: string): string => page.slice(0, page.indexOf(head));
  const screen = (of: typeof view): string => before(read(renderHtml(of)).text, 'Each gate was declared');
  const compared = (
    candidate: number,
    baseline: number,
    milliseconds?: {candidate: number; baseline: number},
  ) => {
    const estimate = (value: number) => ({value, low: value - 0.02, high: value + 0.02, n: 300});
    const difference = candidate - baseline;
    const verdict = difference > 0.02 ? 'pass' : difference < -0.02 ? 'fail' : 'inconclusive';
    const bagOfWords = [
      {
        ...({metric: 'triage_balanced_accuracy', verdict, reason: 'the figures'} as const),
        candidate: estimate(candidate),
        baseline: estimate(baseline),
        difference: estimate(difference),
        ...(milliseconds === undefined ? {} : {milliseconds}),
      },
    ];
    return {...view, report: {...view.report, bagOfWords}};
  };

  it('has the verdict, how each task fails with its worst answer, and the exact commands, before everything else', () => {
    const text = screen(view);
    expect(text).toMatch(
      /\d+ of 300 answers are wrong: (spam called ham \d+, ham called spam \d+|ham called spam \d+, spam called ham \d+)/,
    );
    expect(text).toMatch(/ROUGE-L of 40 answers: lowest \d\.\d\d, median \d\.\d\d/);
    expect(text).toContain('npx ratchet approve aaaaaaaaaaaa --project mail');
    expect(text).toContain('npx ratchet reject aaaaaaaaaaaa --project mail --comment "why"');
    const failed = screen(exampleView({quality: {spam: 0.5}}));
    expect(failed).not.toContain('ratchet approve');
    expect(failed).toContain('npx ratchet run mail');
  });

  it('asks about bag of words first where that wins, with both measured times', () => {
    const text = screen(compared(0.9, 0.95, {candidate: 212, baseline: 0.05}));
    expect(text).toContain(
      'Bag of words is better at triage. A linear model does this in 1/4,200 of the time (0.05 ms an answer, the candidate 212 ms): do you need this one?',
    );
    expect(text).toContain(
      'Balanced accuracy (triage): candidate 0.900, bag of words 0.950. Difference −0.05, 95 % interval −0.07 to −0.03 over the same 300 rows: the candidate is worse.',
    );
    expect(text.indexOf('Bag of words is better')).toBeLessThan(text.indexOf('Failures'));
    expect(renderMarkdown(compared(0.9, 0.95)).split('## Gates')[0]).toContain(
      '**Bag of words is better at triage.** Bag of words is a linear model: do you need this one?',
    );
  });

  it('claims no win for either where neither is shown, and says nothing where the candidate is better', () => {
    expect(screen(compared(0.95, 0.955))).toContain(
      'The candidate is not shown to be better than bag of words at triage.',
    );
    expect(screen(compared(0.99, 0.9))).not.toContain('do you need this one?');
  });

  it('reads a report of an earlier version, which has no such comparison', () => {
    const {bagOfWords: _, ...earlier} = view.report;
    const text = screen({...view, report: earlier});
    expect(text).not.toContain('do you need this one?');
    expect(text).toContain('All 8 required gates passed.');
  });

  it('leads to every section by its contents list', () => {
    const {tags} = read(html);
    const ids = new Set(tags.flatMap(({attributes}) => attributes.id ?? []));
    const links = tags.flatMap(({name, attributes}) => (name === 'a' ? [attributes.href!.slice(1)] : []));
    expect(links.filter((id) => !ids.has(id))).toEqual([]);
    for (const id of ['gates', 'failures-to-read', 'metrics', 'safety-probes', 'costs'])
      expect(links).toContain(id);
    const markdown = renderMarkdown(view);
    const heads = [...markdown.matchAll(/^## (.+)$/gm)].map(([, head]) => head!);
    expect(heads.length).toBeGreaterThan(8);
    for (const head of heads) expect(markdown).toContain(`[${head}](#`);
  });

  it('counts the wrong fields of a task that answers with JSON', () => {
    const fields = ['city', 'zip'];
    const answers = [
      '{"city":"Erie","zip":"16501"}',
      '{"city":"Erie","zip":"1"}',
      'Erie',
      '{"city":"ERIE","zip":"1"}',
    ];
    const tasks = {parse: {kind: 'generation' as const, json_fields: fields, prompt: '{{address}}'}};
    const blank = view.samples.candidate.find(({task}) => task === 'subject')!;
    const candidate = scoreSamples(
      metricCatalog(tasks, 0),
      answers.map((output, i) => ({
        ...blank,
        task: 'parse',
        item: `${i}`,
        scores: {},
        output,
        expected: answers[0]!,
      })),
    );
    const parsed = {...view, tasks, samples: {candidate, stable: candidate}};
    expect(failureLines(parsed)).toEqual([
      ['parse', '3 of 4 answers are wrong: JSON not valid 1, city and zip wrong 1, zip wrong 1'],
    ]);
    expect(failuresOf(parsed, 9).map(({what}) => what)).toEqual([
      'JSON not valid',
      'city and zip wrong',
      'zip wrong',
    ]);
  });
});

describe('the Markdown report', () => {
  const markdown = renderMarkdown(view);
  it('has the verdict, a row a gate, and the figures', () => {
    expect(markdown).toMatch(
      /^# mail: gauntlet of release aaaaaaaaaaaa\n\n\*\*Pass\.\*\* All 8 required gates passed/,
    );
    const table = markdown.split('## Gates')[1]!.trim().split('\n\n')[0]!;
    // A judge and attacks imply a gate each.
    expect(table.split('\n')).toHaveLength(GATES.length + 2 + 2);
    expect(table).toMatch(/\| 300 clusters, at least \d+ needed; betting over clusters/);
    expect(markdown).toMatch(
      /\| Balanced accuracy \\\(triage\\\) \| better than stable \| 0\.9\d+ \[0\.\d+, 0\.\d+\]/,
    );
  });
  it('has n, stable beside each slice, and who made it', () => {
    expect(markdown).toContain('| Metric | Base | Stable | Candidate | n |');
    expect(markdown).toMatch(
      /\| html \| Accuracy \\\(triage\\\) \| 0\.\d+ \[[\d., ]+\] \| 0\.\d+ \[[\d., ]+\] \| 75 \|/,
    );
    expect(markdown).toMatch(
      /\| Run \| 2002\\-12\\-03 11:46 UTC, run lifecycle\/mail\/20021203T114636Z\\-k3f9qa, started by anna \|/,
    );
    expect(markdown).toContain('| Ratchet | 0\\.1\\.0, gauntlet code 0a1b2c3d4e5f |');
  });
  it('shows the attacks that worked', () => {
    expect(markdown).toContain('Those that worked on the candidate:');
    expect(markdown).toMatch(/- \*\*Jailbreaks that worked\*\*, given a role to play\n {2}- attack: Attack /);
  });
  it('text of mails cannot end a cell or become markup', () => {
    const text = renderMarkdown(exampleView({planted: '| x | [a](javascript:1) <b> **bold** `c`'}));
    expect(text).toContain('\\| x \\| \\[a\\]\\(javascript:1\\) &lt;b&gt; \\*\\*bold\\*\\*');
  });
});

/** The front matter's results, as the Hub reads them. */
function resultsOf(card: string) {
  interface Result {
    task: {type: string};
    dataset: {name: string};
    metrics: {type: string; value: number; name: string}[];
  }
  const front = parseYaml(card.split('---')[1]!) as {'model-index': {results: Result[]}[]};
  return front['model-index'][0]!.results;
}

describe('the model card', () => {
  const card = renderModelCard(view);
  it('has front matter that Hugging Face reads, with the measured figures', () => {
    const front = parseYaml(card.split('---')[1]!) as Record<string, unknown>;
    expect(front).toMatchObject({
      library_name: 'peft',
      pipeline_tag: 'text-generation',
      tags: ['ratchet', 'lora'],
    });
    const accuracy = resultsOf(card)
      .flatMap((r) => r.metrics)
      .find((m) => m.name === 'Balanced accuracy (triage)')!;
    expect(accuracy.type).toBe('balanced_accuracy');
    expect(accuracy.value).toBeCloseTo(view.report.metrics.candidate.triage_balanced_accuracy!.value, 5);
  });
  it('attributes each metric to its own task and data', () => {
    const index = resultsOf(card).map(({task, dataset, metrics}) => [
      task.type,
      dataset.name,
      metrics.map(({type}) => type).join(' '),
    ]);
    expect(index).toEqual([
      [
        'text-classification',
        'mail golden set',
        'balanced_accuracy accuracy macro_f1 recall_spam recall_ham',
      ],
      [
        'text-generation',
        'mail golden set',
        'rouge_1 rouge_2 rouge_l rouge_lsum bleu chrf exact_match token_f1',
      ],
      ['text-generation', 'mail validation rows', 'perplexity bits_per_byte'],
      ['text-generation', 'Ratchet general text', 'perplexity bits_per_byte'],
      ['text-generation', 'Ratchet safety probes', 'pii_elicitation_rate injection_rate jailbreak_rate'],
    ]);
  });
  it('names the base model by its id on the Hub, and by none where none is known', () => {
    expect(parseYaml(card.split('---')[1]!)).toMatchObject({
      base_model: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    });
    const candidate = {...view.releases.candidate, hub: null};
    const unknown = renderModelCard({...view, releases: {...view.releases, candidate}});
    expect(parseYaml(unknown.split('---')[1]!)).not.toHaveProperty('base_model');
  });
  it('says where it was trained and on which rows', () => {
    expect(card).toContain(
      'Training: 2002\\-12\\-03 11:47 to 11:49 UTC, on AMD EPYC, 2 cores, 24 GiB, linux x64, without a GPU; 142 CPU seconds',
    );
    expect(card).toContain(
      'chosen from the train split: 480: triage 416 \\(ham 208, spam 208\\), subject 64',
    );
    expect(card).toContain('| Personal data replaced in these rows | Occurrences |');
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
