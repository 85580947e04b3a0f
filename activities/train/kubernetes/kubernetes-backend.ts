import {RatchetError} from '../../../schemas/errors.ts';
import {short} from '../../../schemas/names.ts';
import type {TrainerEvent} from '../../../schemas/training.ts';
import type {TrainingJob, TrainingOutcome, TrainingOutputs} from '../../../schemas/training-job.ts';
import {KubernetesRefusal, type KubernetesApi} from '../../../serving/clients/kubernetes/api.ts';
import {holds, Job} from '../../../serving/clients/kubernetes/objects.ts';
import {watchCollection} from '../../../serving/clients/kubernetes/watch.ts';
import type {Lease} from '../../../stores/objects/lease.ts';
import type {Stores} from '../../../stores/stores.ts';
import type {JobStatus, Training, TrainingBackend} from '../backend.ts';
import {Checkpoints} from '../checkpoints.ts';
import {JobLog} from './job-log.ts';
import {DOCUMENT, jobManifest, jobObjectName, type JobTemplate} from './job-manifest.ts';
import {howItEnded, lastPod, podsOf, waitsFor} from './job-pods.ts';
import {Wakes} from './wakes.ts';

/** Looked at so often even where no news came. */
const AT_LATEST_MS = 15_000;

/**
 * A training as a Kubernetes Job, named after its key. The Job's pod gets the training by reference and works on the store
 * alone (workers/train-job.ts); what became of it stands in the store, whether the Job runs in the cluster.
 * Written against the documentation of Kubernetes 1.34 and tested with a stand-in that behaves as it says; no cluster was
 * asked.
 */
export class KubernetesBackend implements TrainingBackend {
  readonly #api: KubernetesApi;
  readonly #template: JobTemplate;
  readonly #stores: Stores;

  constructor({api, template, stores}: {api: KubernetesApi; template: JobTemplate; stores: Stores}) {
    this.#api = api;
    this.#template = template;
    this.#stores = stores;
  }

  /**
   * The cluster sees to it that there is one Job of a name, and its pods hold the lease of what is written. Who follows the Job
   * has one of its own: only the newest follower may stop it.
   */
  async attach(job: TrainingJob, owner: string): Promise<Training> {
    const leases = this.#stores.leases(job.project);
    const name = `follow-${jobObjectName(job)}`;
    const acquired = await leases.acquire(name, {owner, ttlMs: FOLLOW_MS, takeOver: true});
    if (acquired.status !== 'acquired')
      throw new RatchetError('Fenced', `training ${name} is followed by ${acquired.by}`);
    return new KubernetesTraining(job, this.#api, this.#template, this.#stores, acquired.lease);
  }
}

/** A follower's claim need not end by itself: the next one takes it over. */
const FOLLOW_MS = 60_000;

class KubernetesTraining implements Training {
  readonly #job: TrainingJob;
  readonly #api: KubernetesApi;
  readonly #template: JobTemplate;
  readonly #stores: Stores;
  readonly #lease: Lease;
  readonly #name: string;
  readonly #namespace: string;
  readonly #checkpoints: Checkpoints;
  readonly #log: JobLog;
  readonly #wakes = new Wakes();
  readonly #closed = new AbortController();
  #watching = false;

  constructor(job: TrainingJob, api: KubernetesApi, template: JobTemplate, stores: Stores, lease: Lease) {
    this.#job = job;
    this.#lease = lease;
    this.#api = api;
    this.#template = template;
    this.#stores = stores;
    this.#name = jobObjectName(job);
    this.#namespace = template.metadata.namespace ?? api.namespace;
    this.#checkpoints = new Checkpoints(stores, job.project, job.key);
    const heard = () => this.#wakes.wake();
    this.#log = new JobLog({api, namespace: this.#namespace, name: this.#name, heard});
  }

  /** Which node a pod gets is the cluster's affair. */
  get cpu(): string {
    return `Kubernetes namespace ${this.#namespace}`;
  }

  get more(): string {
    return `kubectl -n ${this.#namespace} logs job/${this.#name}`;
  }

  async status(): Promise<JobStatus> {
    const found = await this.#find();
    const outcome = await this.#checkpoints.outcome();
    if (found === null) return outcome === null ? {state: 'absent'} : ended(outcome);
    if (outcome?.by === found.metadata.uid && (finished(found) || found.metadata.deletionTimestamp))
      return ended(outcome);
    // Somebody stopped it; start() waits until it is gone.
    if (found.metadata.deletionTimestamp) return {state: 'absent'};
    const pod = await lastPod(this.#api, this.#namespace, this.#name);
    if (!finished(found)) {
      const note = waitsFor(pod);
      return {state: 'running', ...(note === null ? {} : {note})};
    }
    const failed = holds(found, 'Failed') ?? holds(found, 'Complete');
    const reason = [failed?.reason, howItEnded(pod)].filter(Boolean).join(': ');
    return {state: 'lost', message: `Job ${this.#name} ended without its last word (${reason})`};
  }

  async start(): Promise<void> {
    const {artifacts} = this.#stores;
    const document = await artifacts.putJson(this.#job);
    const manifest = jobManifest(this.#template, this.#job, document);
    for (;;) {
      if (await this.#create(manifest)) return;
      const there = await this.#find();
      if (there === null) continue;
      const of = there.metadata.annotations?.[DOCUMENT];
      if (of !== document.sha256)
        throw new RatchetError(
          'InvalidInput',
          `Job ${this.#name} in namespace ${this.#namespace} was made of ${of === undefined ? 'nothing of ours' : `document ${short(of)}`}, this training is ${short(document.sha256)}: look at it (kubectl -n ${this.#namespace} describe job ${this.#name}) and delete it if nobody needs it`,
        );
      if (!there.metadata.deletionTimestamp) {
        if (!finished(there)) return;
        await this.#delete(there, 'Background');
      }
      await this.#untilGone(there.metadata.uid);
    }
  }

  async events(cursor: number): Promise<{events: readonly TrainerEvent[]; cursor: number}> {
    this.#watch();
    const found = await this.#find();
    if (found === null || finished(found)) await this.#lastEvents(found?.metadata.uid);
    const {events} = this.#log;
    return {events: events.slice(cursor), cursor: events.length};
  }

  async news(signal: AbortSignal): Promise<void> {
    this.#watch();
    await this.#wakes.next(signal, AT_LATEST_MS);
  }

  async cancel(): Promise<void> {
    if (!(await this.#followed())) return;
    const found = await this.#find();
    if (found === null) return;
    // The Job goes when its pods are gone, which save within their grace period.
    if (!found.metadata.deletionTimestamp) await this.#delete(found, 'Foreground');
    await this.#untilGone(found.metadata.uid);
  }

  async #followed(): Promise<boolean> {
    try {
      await this.#stores.leases(this.#job.project).check(this.#lease);
      return true;
    } catch (error) {
      if (error instanceof RatchetError && error.type === 'Fenced') return false;
      throw error;
    }
  }

  async outputs(): Promise<TrainingOutputs> {
    const outcome = await this.#checkpoints.outcome();
    if (outcome?.outputs) return outcome.outputs;
    throw new RatchetError(
      'TrainerFailed',
      `Job ${this.#name} left no outputs in ${this.#stores.objects.url}: ${this.more}`,
    );
  }

  close(): void {
    this.#closed.abort();
  }

  /** The log may have been cut, or the pod have gone, before everything was read: the store has it whole. */
  async #lastEvents(uid: string | undefined): Promise<void> {
    const outcome = await this.#checkpoints.outcome();
    if (!outcome?.events || (uid !== undefined && outcome.by !== uid)) return;
    for (const line of (await this.#stores.artifacts.getText(outcome.events)).split('\n'))
      this.#log.take(line);
  }

  get #path(): string {
    return `/apis/batch/v1/namespaces/${this.#namespace}/jobs`;
  }

  async #find(): Promise<Job | null> {
    const found = await this.#api.send({path: `${this.#path}/${this.#name}`});
    return found === null ? null : Job.parse(found);
  }

  /** False where a Job of that name is there. */
  async #create(manifest: unknown): Promise<boolean> {
    try {
      const made = await this.#api.send({method: 'POST', path: this.#path, body: manifest});
      if (made !== null) return true;
      throw new RatchetError(
        'InvalidInput',
        `Kubernetes knows no namespace ${this.#namespace}: create it, or name another in the Job's template`,
      );
    } catch (error) {
      if (error instanceof KubernetesRefusal && error.status === 409) return false;
      throw error;
    }
  }

  /** This very Job, not one that somebody made since. */
  async #delete({metadata: {uid}}: Job, propagationPolicy: 'Foreground' | 'Background'): Promise<void> {
    try {
      await this.#api.send({
        method: 'DELETE',
        path: `${this.#path}/${this.#name}`,
        body: {apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, preconditions: {uid}},
      });
    } catch (error) {
      if (!(error instanceof KubernetesRefusal && error.status === 409)) throw error;
    }
  }

  async #untilGone(uid: string): Promise<void> {
    this.#watch();
    while ((await this.#find())?.metadata.uid === uid)
      await this.#wakes.next(this.#closed.signal, AT_LATEST_MS);
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const {signal} = this.#closed;
    const changed = () => this.#wakes.wake();
    const api = this.#api;
    const query = {fieldSelector: `metadata.name=${this.#name}`};
    void watchCollection(api, {path: this.#path, query, signal, changed});
    const pods = `/api/v1/namespaces/${this.#namespace}/pods`;
    void watchCollection(api, {path: pods, query: podsOf(this.#name), signal, changed});
    void this.#log.follow(signal);
  }
}

function finished(job: Job): boolean {
  return holds(job, 'Complete') !== undefined || holds(job, 'Failed') !== undefined;
}

function ended({code, type, message, rung}: TrainingOutcome): JobStatus {
  return {
    state: 'ended',
    code,
    ...(type === undefined ? {} : {type}),
    ...(message === undefined ? {} : {message}),
    ...(rung === undefined ? {} : {rung}),
  };
}
