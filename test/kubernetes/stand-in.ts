import {randomUUID} from 'node:crypto';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import {Collection, Revision, type Stored} from './collection.ts';
import {refusedManifests} from './manifest-check.ts';
import {PodProcess, type Container} from './pod-process.ts';

type Condition = {type: string; status: string; reason?: string; message?: string};
interface JobObject extends Stored {
  spec: {
    backoffLimit: number;
    podFailurePolicy?: {rules: {action: string; onPodConditions?: {type: string}[]}[]};
    template: {
      metadata?: {labels?: Record<string, string>};
      spec: {terminationGracePeriodSeconds?: number; containers: Container[]};
    };
  };
  status: {active: number; failed: number; conditions: Condition[]};
}
interface PodObject extends Stored {
  spec: JobObject['spec']['template']['spec'];
  status: {phase: string; conditions: Condition[]; containerStatuses: object[]};
}

/**
 * A stand-in for the Kubernetes API server, its Job controller, scheduler and kubelet, as far as Ratchet uses them, behaving as
 * the documentation of 1.34 says (Jobs, pod failure policy, disruptions, API concepts, EndpointSlices). A Job's container really
 * runs, as a process of this machine. Manifests are checked by Kubernetes' own validation where test/kubernetes/manifest-check
 * finds it.
 */
export class KubernetesStandIn {
  readonly #revision = new Revision();
  readonly jobs = new Collection<JobObject>('Job', this.#revision);
  readonly pods = new Collection<PodObject>('Pod', this.#revision);
  readonly slices = new Collection<Stored>('EndpointSlice', this.#revision);
  readonly #processes = new Map<string, PodProcess>();
  readonly #server;
  readonly #scheme: 'http' | 'https';
  /** The only bearer token that is let in; replaced as the kubelet replaces it. null: kubectl proxy, which adds its own. */
  token: string | null = randomUUID();
  /** Whether the scheduler finds a node. */
  nodes = true;
  /** Log streams end after so many lines, as where a connection breaks. */
  logBreaksAfter = Infinity;
  /** Method and path of what was asked. */
  readonly asked: string[] = [];
  url = '';

  /** With a certificate it is asked over https. */
  constructor(tls?: {readonly key: Buffer; readonly cert: Buffer}) {
    this.#scheme = tls === undefined ? 'http' : 'https';
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      void this.#answer(request, response);
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `${this.#scheme}://127.0.0.1:${(this.#server.address() as {port: number}).port}`;
    return this;
  }

  async close(): Promise<void> {
    for (const process of this.#processes.values()) {
      process.kill();
      process.remove();
    }
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Pods of Jobs that were started, in order. */
  readonly started: string[] = [];

  get runningPod(): PodObject | undefined {
    return [...this.pods.objects.values()].find(({status}) => status.phase === 'Running');
  }

  /** Kubernetes ends the pod for others' sake: the condition first, then SIGTERM and the grace period. */
  disrupt(reason: 'PreemptionByScheduler' | 'EvictionByEvictionAPI' | 'DeletionByTaintManager'): void {
    const pod = this.runningPod!;
    pod.status.conditions.push({type: 'DisruptionTarget', status: 'True', reason});
    pod.metadata.deletionTimestamp = new Date().toISOString();
    this.pods.put(pod);
    const process = this.#processes.get(pod.metadata.name)!;
    // A node that is lost can be told nothing.
    if (reason === 'DeletionByTaintManager') process.kill();
    else process.terminate(pod.spec.terminationGracePeriodSeconds ?? 30);
  }

  /** Out of memory: the container's processes are killed, and nobody else is to blame. */
  killContainer(): void {
    this.#processes.get(this.runningPod!.metadata.name)!.kill();
  }

  /** A node turns up. */
  addNode(): void {
    this.nodes = true;
    for (const pod of this.pods.objects.values()) if (pod.status.phase === 'Pending') this.#run(pod);
  }

  /** ttlSecondsAfterFinished is over: Job and pods are gone. */
  collectFinished(): void {
    for (const job of [...this.jobs.objects.values()])
      if (job.status.conditions.length > 0) this.#removeJob(job);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const {pathname, searchParams: query} = new URL(request.url!, this.url);
    this.asked.push(`${request.method} ${pathname}`);
    const send = (code: number, body: object) => {
      response.writeHead(code, {'content-type': 'application/json'});
      response.end(JSON.stringify(body));
    };
    const refuse = (code: number, reason: string, message: string) =>
      send(code, {kind: 'Status', status: 'Failure', code, reason, message});
    if (this.token !== null && request.headers.authorization !== `Bearer ${this.token}`)
      return refuse(401, 'Unauthorized', 'Unauthorized');
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as unknown) : null;

    const [, group, namespace, resource, name, sub] =
      /^\/(api\/v1|apis\/batch\/v1|apis\/discovery\.k8s\.io\/v1)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
        pathname,
      ) ?? [];
    if (namespace !== 'ratchet')
      return refuse(
        403,
        'Forbidden',
        `${resource} is forbidden: User "system:serviceaccount:ratchet:worker" cannot use resource "${resource}" in the namespace "${namespace}"`,
      );
    const collections: Record<string, unknown> = {
      'apis/batch/v1 jobs': this.jobs,
      'api/v1 pods': this.pods,
      'apis/discovery.k8s.io/v1 endpointslices': this.slices,
    };
    const collection = collections[`${group} ${resource}`] as Collection<Stored> | undefined;
    if (collection === undefined)
      return refuse(404, 'NotFound', 'the server could not find the requested resource');

    if (request.method === 'GET' && name === undefined) {
      if (query.get('watch') === '1') return collection.watch(query, response);
      return send(200, collection.list(query));
    }
    if (request.method === 'POST' && resource === 'jobs')
      return this.#create(body as JobObject, send, refuse);
    const object = collection.objects.get(name!);
    if (object === undefined) return refuse(404, 'NotFound', `${resource} "${name}" not found`);
    if (request.method === 'GET' && sub === 'log')
      return this.#log(object as PodObject, query, response, refuse);
    if (request.method === 'GET') return send(200, object);
    if (request.method === 'DELETE' && resource === 'jobs')
      return this.#delete(object as JobObject, body as DeleteOptions, send, refuse);
    refuse(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  }

  async #create(given: JobObject, send: Send, refuse: Refuse): Promise<void> {
    const [problem] = await refusedManifests([given]);
    if (problem !== undefined) return refuse(422, 'Invalid', problem);
    if (this.jobs.objects.has(given.metadata.name))
      return refuse(409, 'AlreadyExists', `jobs.batch "${given.metadata.name}" already exists`);
    const metadata = {...given.metadata, uid: randomUUID(), creationTimestamp: new Date().toISOString()};
    const job: JobObject = {...given, metadata, status: {active: 0, failed: 0, conditions: []}};
    this.jobs.put(job);
    send(201, job);
    this.#createPod(job);
  }

  #createPod(job: JobObject): void {
    const {name, uid} = job.metadata;
    const labels = {
      ...job.spec.template.metadata?.labels,
      'batch.kubernetes.io/job-name': name,
      'batch.kubernetes.io/controller-uid': uid,
    };
    const pod: PodObject = {
      kind: 'Pod',
      metadata: {
        name: `${name}-${randomUUID().slice(0, 5)}`,
        uid: randomUUID(),
        resourceVersion: '',
        labels,
        creationTimestamp: new Date().toISOString(),
      },
      spec: job.spec.template.spec,
      status: {phase: 'Pending', conditions: [], containerStatuses: []},
    };
    job.status.active = 1;
    this.jobs.put(job);
    if (this.nodes) return this.#run(pod);
    pod.status.conditions.push({
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/3 nodes are available: 3 Insufficient nvidia.com/gpu.',
    });
    this.pods.put(pod);
  }

  #run(pod: PodObject): void {
    const {name} = pod.metadata;
    pod.status = {
      phase: 'Running',
      conditions: [{type: 'PodScheduled', status: 'True'}],
      containerStatuses: [{name: pod.spec.containers[0]!.name, state: {running: {}}}],
    };
    this.pods.put(pod);
    this.started.push(name);
    const process = new PodProcess(pod.spec.containers[0]!, pod.metadata, (code) => this.#exited(pod, code));
    this.#processes.set(name, process);
  }

  #exited(pod: PodObject, code: number): void {
    pod.status.phase = code === 0 ? 'Succeeded' : 'Failed';
    const reason = code === 0 ? 'Completed' : code === 137 ? 'OOMKilled' : 'Error';
    pod.status.containerStatuses = [
      {name: pod.spec.containers[0]!.name, state: {terminated: {exitCode: code, reason}}},
    ];
    this.pods.put(pod);
    const job = this.jobs.objects.get(pod.metadata.labels!['batch.kubernetes.io/job-name']!);
    const deleted = pod.metadata.deletionTimestamp !== undefined;
    if (deleted) this.#removePod(pod);
    if (!job || job.metadata.uid !== pod.metadata.labels!['batch.kubernetes.io/controller-uid']) return;
    job.status.active = 0;
    if (job.metadata.deletionTimestamp !== undefined) return this.#removeJob(job);
    if (code === 0) {
      job.status.conditions.push({type: 'Complete', status: 'True', reason: 'CompletionsReached'});
    } else if (ignored(job, pod)) {
      return this.#createPod(job);
    } else if (++job.status.failed > job.spec.backoffLimit) {
      const message = 'Job has reached the specified backoff limit';
      job.status.conditions.push({type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message});
    } else return this.#createPod(job);
    this.jobs.put(job);
  }

  #delete(job: JobObject, options: DeleteOptions | null, send: Send, refuse: Refuse): void {
    const {uid} = job.metadata;
    const wanted = options?.preconditions?.uid;
    if (wanted !== undefined && wanted !== uid)
      return refuse(
        409,
        'Conflict',
        `the UID in the precondition (${wanted}) does not match the UID in record (${uid})`,
      );
    const pods = this.#podsOf(job);
    const alive = pods.filter(({metadata}) => !this.#processes.get(metadata.name)?.ended);
    if (options?.propagationPolicy === 'Foreground' && alive.length > 0) {
      job.metadata.deletionTimestamp = new Date().toISOString();
      job.metadata.finalizers = ['foregroundDeletion'];
      this.jobs.put(job);
    } else this.#removeJob(job, false);
    send(200, job);
    for (const pod of alive) {
      pod.metadata.deletionTimestamp = new Date().toISOString();
      this.pods.put(pod);
      const process = this.#processes.get(pod.metadata.name);
      if (process === undefined) this.#exited(pod, 0);
      else process.terminate(pod.spec.terminationGracePeriodSeconds ?? 30);
    }
  }

  #podsOf(job: JobObject): PodObject[] {
    return [...this.pods.objects.values()].filter(
      ({metadata}) => metadata.labels?.['batch.kubernetes.io/controller-uid'] === job.metadata.uid,
    );
  }

  #removeJob(job: JobObject, withLiving = true): void {
    for (const pod of this.#podsOf(job))
      if (withLiving || this.#processes.get(pod.metadata.name)?.ended) this.#removePod(pod);
    this.jobs.remove(job);
  }

  #removePod(pod: PodObject): void {
    this.#processes.get(pod.metadata.name)?.remove();
    this.#processes.delete(pod.metadata.name);
    this.pods.remove(pod);
  }

  #log(pod: PodObject, query: URLSearchParams, response: ServerResponse, refuse: Refuse): void {
    const process = this.#processes.get(pod.metadata.name);
    if (process === undefined)
      return refuse(
        400,
        'BadRequest',
        `container "trainer" in pod "${pod.metadata.name}" is waiting to start: ContainerCreating`,
      );
    response.writeHead(200, {'content-type': 'text/plain'});
    let count = 0;
    const stop = process.listen((line) => {
      if (line === null || count++ >= this.logBreaksAfter) response.end();
      else response.write(`${line}\n`);
    });
    if (query.get('follow') !== 'true') response.end();
    response.once('close', stop);
  }
}

interface DeleteOptions {
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  preconditions?: {uid?: string};
}
type Send = (code: number, body: object) => void;
type Refuse = (code: number, reason: string, message: string) => void;

/** Pod failure policy: the first rule that matches decides. */
function ignored(job: JobObject, pod: PodObject): boolean {
  const rule = job.spec.podFailurePolicy?.rules.find(({onPodConditions}) =>
    onPodConditions?.some(({type}) =>
      pod.status.conditions.some((one) => one.type === type && one.status === 'True'),
    ),
  );
  return rule?.action === 'Ignore';
}
