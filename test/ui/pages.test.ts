import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {short} from '../../schemas/names.ts';
import {keepDriftCheck} from '../../stores/registry/drift-checks.ts';
import {crawl} from './crawl.ts';
import {fakeTemporal} from './fake-temporal.ts';
import {TestProject, Visitor} from './site.ts';

let project: TestProject;
let browser: Visitor;
const RUN = '20021203T114636Z-k3f9qa';
const GOING_ON = '20021204T114636Z-aaaaaa';
const until = '2002-12-04T13:00:00.000Z';

beforeAll(async () => {
  project = await TestProject.make();
  const {stores, candidate, dataset, run} = project.there;
  const ref = run.report!;
  await keepDriftCheck(stores.objects, {
    v: 1,
    project: 'post',
    at: '2002-12-04T09:00:00.000Z',
    release: candidate.digest,
    reason: 'input_length drifted: 0.51 against 0.20',
    drift: {
      report: ref,
      drifted: true,
      columns: [
        {
          column: 'input_length',
          statistic: 'wasserstein_normed',
          effect: 0.51,
          threshold: 0.2,
          p: 0.0004,
          drifted: true,
          note: null,
        },
        {
          column: 'language',
          statistic: 'jensen_shannon',
          effect: 0.01,
          threshold: 0.1,
          p: 1,
          drifted: false,
          note: 'not enough samples',
        },
      ],
    },
  });
  await stores.registry.startRun({
    v: 1,
    id: `lifecycle/post/${GOING_ON}`,
    project: 'post',
    status: 'running',
    startedBy: 'anna',
    reason: 'drift',
    startedAt: '2002-12-04T11:46:36.000Z',
    endedAt: null,
    links: {},
    stages: {curate: {status: 'running', startedAt: '2002-12-04T11:46:37.000Z', endedAt: null}},
  });
  const digests = {release: candidate.digest, dataset: dataset.digest, report: ref.sha256};
  const temporal = fakeTemporal({
    look: {at: '2002-12-04T10:00:00.000Z', check: null, note: '12 answers, 20 are needed', retrain: 'none'},
    run: `lifecycle/post/${GOING_ON}`,
    progress: {
      status: 'running',
      stages: [
        {stage: 'curate', status: 'cached', note: '3 of 4 rows kept'},
        {
          stage: 'train',
          status: 'running',
          progress: {stage: 'train', done: 30, total: 120, unit: 'steps', note: 'loss 0.41'},
        },
      ],
    },
    waiting: [
      {
        input: {
          project: 'post',
          runId: `lifecycle/post/${RUN}`,
          digests,
          verdict: 'pass',
          startedBy: 'anna',
          starterKey: '',
          required: 2,
          starterMayApprove: false,
          timeoutMs: 1,
          reminderMs: 1,
        },
        standing: {
          release: candidate.digest,
          run: `lifecycle/post/${RUN}`,
          startedBy: 'anna',
          since: '2002-12-04T12:00:00.000Z',
          until,
          outcome: null,
          delegations: [],
          decisions: [
            {
              action: 'approve',
              by: 'berta',
              key: '0123456789abcdef',
              at: '2002-12-04T12:10:00.000Z',
              comment: 'fine',
              standsFor: ['ben'],
            },
          ],
          needed: [{of: ['berta', 'carl'], have: 1, need: 2, missing: 1, from: ['carl']}],
          escalation: [{from: '2002-12-04T12:30:00.000Z', to: ['dora'], due: false}],
        },
      },
    ],
  });
  browser = await new Visitor({
    post: project.opened(temporal, {description: 'Letters that come in.'}),
  }).enter();
});
afterAll(() => project.remove());

/** The text of a page that is there. */
async function textOf(url: string): Promise<string> {
  const {status, text} = await browser.get(url);
  expect(status, text).toBe(200);
  return text;
}

describe('the pages', () => {
  test('projects: what answers, and the latest run', async () => {
    const text = await textOf('/');
    expect(text).toContain(`post ${short(project.there.candidate.digest)} ${GOING_ON} 2002-12-04 11:46:36Z`);
  });

  test('overview: shares, drift, what waits, and the latest runs', async () => {
    const text = await textOf('/post');
    expect(text).toContain('Letters that come in.');
    expect(text).toContain(`Stable ${short(project.there.candidate.digest)} 100 % of the traffic`);
    expect(text).toContain('Drift drifted compared 2002-12-04 09:00:00Z');
    expect(text).toMatch(/by rollout\/lifecycle\/post\/20021203T114636Z-k3f9qa: promote/);
    expect(text).toContain(`${RUN} pass 2002-12-04 13:00:00Z 1 more of carl`);
  });

  test('a run that goes on: its stages as Temporal tells them, reloaded every 5 seconds', async () => {
    const {elements, text} = await browser.get(`/post/runs/${GOING_ON}`);
    expect(elements).toContainEqual({name: 'meta', attributes: {'http-equiv': 'refresh', content: '5'}});
    expect(elements).toContainEqual({
      name: 'progress',
      attributes: {max: '120', value: '30', 'aria-label': 'train'},
    });
    expect(text).toContain('curate cached – 3 of 4 rows kept');
    expect(text).toContain('30 of 120 steps ; loss 0.41');
  });

  test('a run that ended: what it made, who approved, and how it rolled out', async () => {
    const {elements, text} = await browser.get(`/post/runs/${RUN}`);
    expect(elements.filter(({name}) => name === 'meta')).toHaveLength(2);
    expect(text).toContain('status promoted');
    expect(text).toContain('took 13 min 24 s');
    expect(text).toContain(`berta approve 2002-12-03 11:55:00Z ${project.there.approverKey} looks right`);
  });

  test('releases: what serves, and with which verdict', async () => {
    const {candidate, base} = project.there;
    const text = await textOf('/post/releases');
    expect(text).toContain(
      `${short(candidate.digest)} stable 100 % pass 2002-12-03 11:50:00Z tiny with an adapter; tasks triage`,
    );
    expect(text).toContain(`${short(base.digest)} former – – tiny, no adapter; tasks triage`);
  });

  test('a release: its parts, reports and gates', async () => {
    const text = await textOf(`/post/releases/${project.there.candidate.digest}`);
    expect(text).toContain('rows train 4, validation 0, golden 1, traffic 0');
    expect(text).toContain('triage_balanced_accuracy pass required 0.9 [0.8, 0.95]');
    expect(text).toContain('{{body}} Answer:');
    expect(text).toContain('personal data replaced email');
  });

  test('the diff of two releases: parts, training, rows and figures', async () => {
    const {candidate, base} = project.there;
    const text = await textOf(`/post/releases/${candidate.digest.slice(0, 12)}/against/${base.digest}`);
    expect(text).toContain(`adapter none ${short(candidate.adapter!.digest)}`);
    expect(text).toContain('Training settings Differences Part Before After training none');
    expect(text).toContain('dropped.exact_duplicate none 2');
    expect(text).toContain('Prompts, input, guardrails and index are the same.');
    expect(text).toContain('triage_balanced_accuracy at-least 0.5 – pass');
    expect(text).toContain('triage_balanced_accuracy – 0.9 [0.8, 0.95]');
    expect(text).not.toContain('tasks.triage');
  });

  test('a report: the stored page in a frame that may neither run nor load anything', async () => {
    const url = `/post/releases/${project.there.candidate.digest}/report`;
    const {elements, links} = await browser.get(url);
    const source = `${url}.html?report=${project.there.report}`;
    expect(elements).toContainEqual({
      name: 'iframe',
      attributes: {src: source, title: 'The report', sandbox: ''},
    });
    expect(links).toContain(source);
    const {body, headers} = await browser.get(source);
    expect(body).toBe('<!doctype html><title>Report</title>');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; sandbox; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
    );
  });

  test('approvals: exactly what is signed, by which evidence, and the command that signs', async () => {
    const {candidate, dataset, report} = project.there;
    const {text, elements} = await browser.get('/post/approvals');
    expect(text).toContain(
      `project post action approve or reject release ${candidate.digest} dataset ${dataset.digest} report ${report} run, of the approval execution-0`,
    );
    expect(text).toContain('waits 1 more of carl');
    expect(text).toContain('approve by berta on behalf of ben, 2002-12-04 12:10:00Z: fine');
    expect(text).toContain('escalates 2002-12-04 12:30:00Z to dora');
    expect(text).toContain('triage_balanced_accuracy pass required');
    expect(text).toContain(`npx ratchet approve ${short(candidate.digest)} --project post --run ${RUN}`);
    // Nothing on the page signs or sends anything but the way out.
    expect(elements.filter(({name}) => name === 'form').map(({attributes}) => attributes['action'])).toEqual([
      '/-/sign-out',
    ]);
  });

  test('traces: the newest answers with their feedback, and each on its own page', async () => {
    const {id} = project.there.trace;
    expect(await textOf('/post/traces')).toContain(`${id.slice(0, 12)} 2002-12-03 12:10:00Z triage`);
    const text = await textOf(`/post/traces/${id}`);
    expect(text).toContain('Dear <EMAIL_1>, the parcel is here.');
    expect(text).toContain('2002-12-03 12:11:00Z correction: bad');
    expect(text).toContain(`npx ratchet lineage ${id} --project post`);
  });

  test('drift: the last look by Temporal, and the comparisons by the store', async () => {
    const text = await textOf('/post/drift');
    expect(text).toContain('Last look 2002-12-04 10:00:00Z : 12 answers, 20 are needed.');
    expect(text).toContain('input_length drifted wasserstein normed 0.51 0.2 0.0004 language not tested');
    expect(text).toContain('jensen shannon – 0.1 – not enough samples');
  });

  test('audit: the check of the whole chain, and its entries', async () => {
    const text = await textOf('/post/audit');
    expect(text).toMatch(/(holds|changed) 4 entries, checked/);
    expect(text).toContain('0 2002-12-03 11:55:00Z decision berta action approve, release');
  });

  test('every link leads to a page', async () => {
    const seen = await crawl(browser);
    const broken = [...seen]
      .filter(([, {status}]) => status !== 200)
      .map(([url, {status}]) => `${status} ${url}`);
    expect(broken).toEqual([]);
    for (const page of [
      '/post/releases',
      '/post/audit',
      '/post/drift',
      `/post/traces/${project.there.trace.id}`,
    ])
      expect([...seen.keys()]).toContain(page);
  });
});

describe('what is not there', () => {
  test.for([
    ['/other', 'this server has no project "other"'],
    ['/post/runs/nothing', 'no run nothing of post'],
    ['/post/runs/..%2Fx', 'is no run: expected the last part of its ID'],
    ['/post/releases/abcdef', '"abcdef" is no digest: expected 8 to 64'],
    ['/post/releases/0123456789ab', 'no release'],
    ['/post/traces/zz', '"zz" is no trace id'],
    [`/post/traces/${'0'.repeat(32)}`, 'an answer is stored some seconds after it was given'],
    ['/post/runs?show=7', 'show=7: expected 50, 200, 1000'],
    ['/post/audit?before=x', 'before=x: expected a whole number'],
    ['/post/nothing', 'There is no such page.'],
  ] as const)('%s is 404, and says why', async ([url, why]) => {
    const {status, text} = await browser.get(url);
    expect(status).toBe(404);
    expect(text).toContain(why);
  });
});
