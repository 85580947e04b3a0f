import {releaseDigest} from '../../core/identity/release-digest.ts';
import {traceId} from '../../core/identity/trace-id.ts';
import type {Release} from '../../schemas/release.ts';
import {Provenance} from '../../schemas/dataset.ts';
import {keepDriftCheck} from '../../stores/registry/drift-checks.ts';
import {retireRelease} from '../../stores/registry/retirements.ts';
import type {UiProject} from '../../ui/projects.ts';
import {reportOf} from '../cli/prepared-store.ts';
import {fakeTemporal} from './fake-temporal.ts';
import {TestProject} from './site.ts';

/** A script where a text should be, in a form that breaks out of elements, attributes, comments and styles; it says where it was. */
export function script(where: string): string {
  return `</pre></style>--><script>hit("${where}")</script><img src=x onerror=hit("${where}")>"' onclick=hit() x="{{7*7}}`;
}

/** Every place of a project whose text somebody else wrote: users, models, documents, operators. */
export const PLACES = [
  'config.description',
  'deployment.by',
  'deployment.why',
  'retirement.by',
  'retirement.why',
  'run.startedBy',
  'run.note',
  'run.outcome',
  'run.link',
  'stage.note',
  'approval.by',
  'approval.comment',
  'approval.key',
  'rollout.reason',
  'rollout.step',
  'rollout.outcome',
  'progress.note',
  'progress.unit',
  'release.base',
  'prompt.task',
  'prompt.template',
  'prompt.system',
  'prompt.choice',
  'transform.field',
  'transform.pii',
  'guardrails.pattern',
  'release.index',
  'adapter.setting',
  'adapter.value',
  'dataset.source',
  'dataset.drop',
  'dataset.label',
  'report.metric',
  'report.reason',
  'report.slice',
  'trace.task',
  'trace.field',
  'trace.text',
  'trace.output',
  'trace.error',
  'trace.row',
  'trace.shadowOf',
  'trace.key',
  'feedback.correction',
  'feedback.key',
  'drift.reason',
  'drift.column',
  'drift.statistic',
  'drift.note',
  'look.note',
  'audit.kind',
  'audit.actor',
  'audit.name',
  'audit.value',
  'waiting.startedBy',
  'waiting.missing',
  'waiting.by',
  'waiting.comment',
  'waiting.standsFor',
  'waiting.escalation',
  'waiting.run',
] as const;
const at = '2002-12-04T12:00:00.000Z';

interface Hostile {
  readonly test: TestProject;
  readonly opened: UiProject;
  /** The release whose stored report is a script. */
  readonly release: string;
}

/** A project of that name in which each of PLACES is a script; the stored report is one, too. */
export async function hostileProject(name: string): Promise<Hostile> {
  const test = await TestProject.make(name);
  const {stores, candidate, base, dataset, run} = test.there;
  const {registry, artifacts, pointers} = stores;
  const provenance = await artifacts.getJson(dataset.provenance, Provenance);
  const version = {
    ...dataset,
    digest: 'd'.repeat(64),
    provenance: await artifacts.putJson({
      ...provenance,
      sources: [{...provenance.sources[0]!, name: script('dataset.source')}],
      drops: {[script('dataset.drop')]: 1},
      labels: {[script('dataset.label')]: 1},
    }),
  };
  await registry.putDataset(version);
  const release = await putRelease(registry, {
    ...candidate,
    createdFrom: version.digest,
    adapter: {
      ...candidate.adapter!,
      dataset: version.digest,
      config: await artifacts.putJson({[script('adapter.setting')]: script('adapter.value')}),
    },
    base: {...base.base, name: script('release.base')},
    prompts: {
      [script('prompt.task')]: {
        ...candidate.prompts['triage']!,
        template: script('prompt.template'),
        system: script('prompt.system'),
        choices: {[script('prompt.choice')]: ' x'},
      },
    },
    transform: {...candidate.transform, fields: [script('transform.field')], pii: [script('transform.pii')]},
    guardrails: {...candidate.guardrails, blockPatterns: [script('guardrails.pattern')]},
    index: script('release.index'),
    parent: base.digest,
  });
  const report = reportOf(name, release, base, version, run.report!);
  const [gate] = report.gates;
  const ref = await artifacts.putJson({
    ...report,
    gates: [
      {...gate!, spec: {...gate!.spec, slice: script('report.slice')}, reason: script('report.reason')},
    ],
    metrics: {...report.metrics, candidate: {[script('report.metric')]: gate!.candidate}},
  });
  const text = await artifacts.putBytes(
    `<!doctype html><title>Report</title>${script('report.html')}`,
    'text/html',
  );
  const id = `lifecycle/${name}/20021204T114636Z-aaaaaa`;
  const result = {release: release.digest, stable: base.digest, verdict: 'pass' as const, report: ref};
  await registry.putReport({
    v: 1,
    project: name,
    at,
    run: id,
    result: {...result, html: text, markdown: text, modelCard: text},
  });
  const digests = {release: release.digest, dataset: version.digest, report: ref.sha256};
  await putRuns(test, name, id, digests);
  await pointers.move(name, () => ({
    move: {
      stable: candidate.digest,
      canary: null,
      shadow: null,
      by: script('deployment.by'),
      why: script('deployment.why'),
    },
  }));
  await retireRelease(stores.objects, {
    project: name,
    release: release.digest,
    by: script('retirement.by'),
    why: script('retirement.why'),
  });
  await putAnswers(test, name, release.digest);
  await keepDriftCheck(stores.objects, {
    v: 1,
    project: name,
    at,
    release: release.digest,
    reason: script('drift.reason'),
    drift: {
      report: ref,
      drifted: true,
      columns: [
        {
          column: script('drift.column'),
          statistic: script('drift.statistic'),
          note: script('drift.note'),
          effect: 1,
          threshold: 1,
          p: 1,
          drifted: true,
        },
      ],
    },
  });
  await stores.audit(name).append({
    kind: script('audit.kind'),
    actor: script('audit.actor'),
    at,
    data: {[script('audit.name')]: script('audit.value')},
  });
  const description = script('config.description');
  const opened = test.opened(temporalOf(name, id, digests), {project: name, description});
  return {test, opened, release: release.digest};
}

async function putRelease(
  registry: TestProject['there']['stores']['registry'],
  wanted: Release,
): Promise<Release> {
  const release = {...wanted, digest: releaseDigest(wanted)};
  await registry.putRelease(release);
  return release;
}

type Digests = {readonly release: string; readonly dataset: string; readonly report: string};

/** One that goes on, and one that ended. */
async function putRuns(
  {there: {stores, run}}: TestProject,
  project: string,
  id: string,
  digests: Digests,
): Promise<void> {
  const stage = {status: 'done' as const, startedAt: at, endedAt: at};
  await stores.registry.startRun({
    v: 1,
    id,
    project,
    status: 'done',
    startedBy: script('run.startedBy'),
    reason: 'hand',
    startedAt: at,
    endedAt: at,
    stages: {curate: {...stage, note: script('stage.note')}},
    note: script('run.note'),
    outcome: script('run.outcome'),
    release: digests.release,
    dataset: digests.dataset,
    report: run.report!,
    verdict: 'pass',
    approval: {
      status: 'approved',
      digests,
      at,
      decisions: [
        {
          action: 'approve',
          by: script('approval.by'),
          key: script('approval.key'),
          at,
          comment: script('approval.comment'),
        },
      ],
    },
    rollout: {
      status: 'promoted',
      release: digests.release,
      reason: script('rollout.reason'),
      steps: [{step: script('rollout.step'), at, outcome: script('rollout.outcome')}],
    },
    links: {[script('run.link')]: 'https://example.com/', bad: 'javascript:hit("run.href")'},
  });
  await stores.registry.startRun({
    v: 1,
    id: `${id.slice(0, -1)}b`,
    project,
    status: 'running',
    startedBy: 'anna',
    reason: 'hand',
    startedAt: at,
    endedAt: null,
    stages: {},
    links: {},
  });
}

async function putAnswers(
  {there: {stores, trace}}: TestProject,
  project: string,
  release: string,
): Promise<void> {
  const time = Date.parse(at);
  const one = (n: number) => ({
    ...trace,
    project,
    release,
    at,
    id: traceId(time, Buffer.alloc(12, n)),
    task: script('trace.task'),
    output: script('trace.output'),
    fields: {[script('trace.field')]: script('trace.text')},
    row: script('trace.row'),
    key: script('trace.key'),
    shadowOf: script('trace.shadowOf'),
  });
  await stores.traces.append(project, [one(1), {...one(2), error: script('trace.error'), status: 500}]);
  const feedback = {correction: script('feedback.correction'), key: script('feedback.key')};
  await stores.traces.appendFeedback(project, [
    {v: 1, id: 'hostile', at, project, trace: one(1).id, ...feedback},
  ]);
}

function temporalOf(project: string, id: string, digests: Digests) {
  const startedBy = script('waiting.startedBy');
  return fakeTemporal({
    look: {at, check: null, note: script('look.note'), retrain: 'started'},
    run: `${id.slice(0, -1)}b`,
    progress: {
      status: 'running',
      stages: [
        {
          stage: 'train',
          status: 'running',
          progress: {
            stage: 'train',
            done: 1,
            total: 2,
            unit: script('progress.unit'),
            note: script('progress.note'),
          },
        },
      ],
    },
    waiting: [
      {
        input: {
          project,
          runId: `lifecycle/${script('waiting.run')}`,
          digests,
          verdict: 'pass',
          startedBy,
          starterKey: '',
          required: 1,
          starterMayApprove: false,
          timeoutMs: 1,
          reminderMs: 1,
        },
        standing: {
          release: digests.release,
          run: id,
          startedBy,
          since: at,
          until: at,
          outcome: null,
          delegations: [],
          decisions: [
            {
              action: 'approve',
              by: script('waiting.by'),
              key: 'x',
              at,
              comment: script('waiting.comment'),
              standsFor: [script('waiting.standsFor')],
            },
          ],
          needed: [{of: [], have: 0, need: 1, missing: 1, from: [script('waiting.missing')]}],
          escalation: [{from: at, to: [script('waiting.escalation')], due: false}],
        },
      },
    ],
  });
}
