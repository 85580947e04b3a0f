import {createPrivateKey, createPublicKey} from 'node:crypto';
import {keyId, payloadDigest, rawPublicKey, signDecision} from '../../core/approval/signature.ts';
import {datasetDigest} from '../../core/identity/dataset-digest.ts';
import {releaseDigest} from '../../core/identity/release-digest.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {traceId} from '../../core/identity/trace-id.ts';
import type {DatasetVersion, Provenance} from '../../schemas/dataset.ts';
import type {ReleaseV1} from '../../schemas/release.ts';
import type {GauntletResult, Report} from '../../schemas/report.ts';
import type {RunRecord} from '../../schemas/run.ts';
import type {Trace} from '../../schemas/trace.ts';
import {JSONL_TYPE} from '../../stores/objects/artifacts.ts';
import {openStores} from '../../stores/stores.ts';
import type {Stores} from '../../stores/stores.ts';
import {Traces} from '../../stores/traces/traces.ts';
import type {z} from 'zod';

/** What a first run leaves in a store: base and candidate, dataset, report, approval, rollout, and one answer with feedback. */
export interface Prepared {
  readonly stores: Stores;
  readonly base: ReleaseV1;
  readonly candidate: ReleaseV1;
  readonly dataset: DatasetVersion;
  readonly report: string;
  readonly run: RunRecord;
  readonly trace: Trace;
  /** Key id of berta, who approved. */
  readonly approverKey: string;
  /** The adapter's file, in the store. */
  readonly adapterUri: string;
}

/** An approver whose key is the same in every test. */
const BERTA = approver(Buffer.alloc(32, 3));

const RUN = '20021203T114636Z-k3f9qa';

export async function prepare(url: string, project = 'post'): Promise<Prepared> {
  const stores = await openStores(url);
  const {artifacts, registry, pointers} = stores;
  const dataset = await putDataset(stores, project);
  const base = await putRelease(stores, project, null, null);
  const gguf = await artifacts.putBytes('the adapter', 'application/octet-stream');
  const config = await artifacts.putJson({r: 8});
  const adapter = {
    digest: gguf.sha256,
    safetensors: gguf,
    config,
    gguf,
    base: base.base.sha256,
    dataset: dataset.digest,
    training: sha256Hex('training'),
  };
  const candidate = await putRelease(stores, project, adapter, base.digest);

  const report = await artifacts.putJson(
    reportOf(project, candidate, base, dataset, await artifacts.putBytes('', JSONL_TYPE)),
  );
  const result: GauntletResult = {
    release: candidate.digest,
    stable: base.digest,
    verdict: 'pass',
    report,
    html: await artifacts.putBytes('<!doctype html><title>Report</title>', 'text/html'),
    markdown: await artifacts.putBytes('# Report', 'text/markdown'),
    modelCard: await artifacts.putBytes('# Model card', 'text/markdown'),
  };
  const id = `lifecycle/${project}/${RUN}`;
  await registry.putReport({v: 1, project, at: '2002-12-03T11:50:00.000Z', run: id, result});
  const digests = {release: candidate.digest, dataset: dataset.digest, report: report.sha256};
  const at = '2002-12-03T11:55:00.000Z';
  const signed = signDecision(
    {
      v: 1,
      project,
      action: 'approve',
      digests,
      run: 'an-approval',
      key: BERTA.id,
      comment: 'looks right',
      expiry: '2002-12-03T12:55:00Z',
    },
    BERTA.privateKey,
  );
  const counted = {action: 'approve', by: 'berta', key: BERTA.id, at, comment: 'looks right'} as const;
  const run = await registry.startRun({
    v: 1,
    id,
    project,
    status: 'done',
    startedBy: 'anna',
    reason: 'first',
    startedAt: '2002-12-03T11:46:36.000Z',
    endedAt: '2002-12-03T12:00:00.000Z',
    stages: {curate: {status: 'done', startedAt: at, endedAt: at, note: '3 of 4 rows kept'}},
    dataset: dataset.digest,
    release: candidate.digest,
    report,
    verdict: 'pass',
    approval: {
      status: 'approved',
      digests,
      at,
      decisions: [counted],
    },
    outcome: 'promoted',
    note: 'all 4 steps passed',
    links: {},
  });
  const chain = stores.audit(project);
  await chain.append({
    kind: 'decision',
    actor: 'berta',
    at,
    data: {...signed, payloadDigest: payloadDigest(signed.payload), publicKey: BERTA.publicKey, runId: id},
  });
  await chain.append({
    kind: 'approval',
    actor: 'berta',
    at,
    data: {
      status: 'approved',
      run: 'an-approval',
      runId: id,
      digests,
      required: 1,
      startedBy: 'anna',
      starterKey: '',
      starterMayApprove: false,
      decisions: [counted],
    },
  });
  await pointers.bootstrap(project, base.digest, {
    by: 'anna',
    why: 'bootstrap: the first stable is the bare base model',
  });
  await pointers.move(project, () => ({
    move: {stable: candidate.digest, canary: null, shadow: null, by: `rollout/${id}`, why: 'promote'},
  }));

  const asked = Date.parse('2002-12-03T12:10:00.000Z');
  const trace: Trace = {
    v: 1,
    id: traceId(asked, Buffer.alloc(12, 7)),
    at: new Date(asked).toISOString(),
    project,
    task: 'triage',
    release: candidate.digest,
    role: 'stable',
    shadowOf: null,
    unit: '0123456789abcdef',
    fields: {body: 'Dear <EMAIL_1>, the parcel is here.'},
    row: 'letters/7',
    prompt: sha256Hex('prompt'),
    output: 'good',
    promptTokens: 12,
    completionTokens: 1,
    latencyMs: {total: 21.5, model: 20},
    cost: 0.0001,
    status: 200,
    error: null,
  };
  const traces = new Traces(stores.objects);
  await traces.append(project, [trace]);
  await traces.appendFeedback(project, [
    {v: 1, id: 'f1', at: '2002-12-03T12:11:00.000Z', project, trace: trace.id, correction: 'bad'},
  ]);
  return {
    stores,
    base,
    candidate,
    dataset,
    report: report.sha256,
    run,
    trace,
    approverKey: BERTA.id,
    adapterUri: gguf.uri,
  };
}

function approver(seed: Uint8Array) {
  // RFC 8410: the 32 bytes of an Ed25519 key behind PKCS#8's fixed head.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const privateKey = createPrivateKey({key: der, format: 'der', type: 'pkcs8'});
  const raw = rawPublicKey(createPublicKey(privateKey));
  return {privateKey, id: keyId(raw), publicKey: `ed25519:${Buffer.from(raw).toString('base64')}`};
}

async function putRelease(
  stores: Stores,
  project: string,
  adapter: ReleaseV1['adapter'],
  parent: string | null,
): Promise<ReleaseV1> {
  const body: Omit<ReleaseV1, 'digest'> = {
    v: 1,
    project,
    base: {name: 'tiny', kind: 'gguf', sha256: sha256Hex('weights')},
    adapter,
    prompts: {
      triage: {
        v: 1,
        task: 'triage',
        kind: 'classification',
        template: '{{body}} Answer:',
        format: 'plain',
        inputs: ['body'],
        trim: 'body',
        maxInputTokens: 128,
        maxOutputTokens: 1,
        temperature: 0,
        stop: [],
        choices: {good: ' good', bad: ' bad'},
      },
    },
    transform: {v: 1, format: 'record', fields: ['body'], pii: ['email'], code: sha256Hex('code')},
    index: null,
    guardrails: {v: 1, maxInputChars: 1000, scrubOutput: true, stripInvisible: true, blockPatterns: []},
    parent,
    createdFrom: adapter?.dataset ?? null,
  };
  const release = {...body, digest: releaseDigest(body)};
  await stores.registry.putRelease(release);
  return release;
}

async function putDataset(stores: Stores, project: string): Promise<DatasetVersion> {
  const rows = ['letters/1', 'letters/2', 'letters/3', 'letters/4', 'letters/5'];
  const splits = ['train', 'train', 'train', 'train', 'golden'] as const;
  const index = await stores.artifacts.putLines(
    rows.map((id, i) => ({digest: sha256Hex(id), split: splits[i], id})),
  );
  const [config, tools] = [sha256Hex('config'), sha256Hex('tools')];
  const marks = rows.map((id, i) => [sha256Hex(id), splits[i]!] as const);
  const digest = datasetDigest({rows: marks, golden: [], config, tools});
  const empty = await stores.artifacts.putBytes('', JSONL_TYPE);
  const provenance: z.infer<typeof Provenance> = {
    v: 1,
    dataset: digest,
    parents: [],
    shards: [],
    rowsIn: 7,
    rowsKept: 5,
    processed: 7,
    reused: 0,
    drops: {exact_duplicate: 2},
    dropLog: empty,
    ledger: empty,
    sources: [{name: 'letters', uri: 'file:letters.jsonl', rows: 7, digest: sha256Hex('source')}],
    scrubbed: {email: 1},
    labels: {good: 4, bad: 1},
    removalBySource: {letters: 2 / 7},
    alerts: [],
    tombstones: [],
    embeddings: null,
  };
  const version: DatasetVersion = {
    v: 1,
    project,
    digest,
    config,
    tools,
    keyFingerprint: '0123456789abcdef',
    golden: empty,
    index: index.ref,
    counts: {train: 4, validation: 0, golden: 1, traffic: 0},
    provenance: await stores.artifacts.putJson(provenance),
  };
  await stores.registry.putDataset(version);
  return version;
}

/** A report that passes. */
export function reportOf(
  project: string,
  candidate: Pick<ReleaseV1, 'digest'>,
  base: Pick<ReleaseV1, 'digest'>,
  dataset: Pick<DatasetVersion, 'digest'>,
  samples: Report['samples']['base'],
): Report {
  const value = {value: 0.9, low: 0.8, high: 0.95, n: 40};
  return {
    v: 1,
    project,
    release: candidate.digest,
    stable: base.digest,
    dataset: dataset.digest,
    policy: sha256Hex('policy'),
    verdict: 'pass',
    gates: [
      {
        spec: {
          metric: 'triage_balanced_accuracy',
          test: 'at-least',
          margin: 0,
          limit: 0.5,
          required: true,
          when: 'always',
        },
        verdict: 'pass',
        reason: 'at least 0.80, the limit is 0.50',
        candidate: value,
        stable: value,
        difference: null,
        bound: 0.8,
        minimumDetectable: null,
      },
    ],
    metrics: {base: {}, stable: {}, candidate: {triage_balanced_accuracy: value}},
    slices: {},
    baselines: {},
    samples: {stable: samples, candidate: samples, base: samples},
    errors: 0,
    notes: [],
  };
}
