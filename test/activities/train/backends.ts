import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {TrainingBackend} from '../../../activities/train/backend.ts';
import {readJobTemplate} from '../../../activities/train/kubernetes/job-manifest.ts';
import {KubernetesBackend} from '../../../activities/train/kubernetes/kubernetes-backend.ts';
import {jobName, ProcessBackend} from '../../../activities/train/process-training.ts';
import type {TrainingJob} from '../../../schemas/training-job.ts';
import {KubernetesApi} from '../../../serving/clients/kubernetes/api.ts';
import {KubernetesStandIn} from '../../kubernetes/stand-in.ts';
import {ROOT, type TrainingBed} from './training-bed.ts';

/** A backend under test, and the ways in which its trainings die. */
export interface BackendKind {
  readonly name: string;
  open(bed: TrainingBed): Promise<void>;
  backend(): TrainingBackend;
  /** How often a trainer of this training was started. */
  starts(job: TrainingJob): number;
  /** The trainer dies without a word, and its disk with it. */
  loseMachine(job: TrainingJob): void;
  close(): Promise<void>;
}

export function processKind(): BackendKind {
  let bed: TrainingBed;
  let machine = 0;
  const file = (job: TrainingJob, at: number, name: string) =>
    path.join(bed.folder, `machine-${at}`, jobName(job), name);
  return {
    name: 'processes of this machine',
    open: async (given) => void (bed = given),
    backend: () => new ProcessBackend(bed.machine(`machine-${machine}`)),
    starts: (job) =>
      Array.from({length: machine + 1}, (_, at) => {
        try {
          return readFileSync(file(job, at, 'events.jsonl'), 'utf8').split('"started"').length - 1;
        } catch {
          return 0;
        }
      }).reduce((sum, one) => sum + one, 0),
    loseMachine(job) {
      const {pid} = JSON.parse(readFileSync(file(job, machine, 'process.json'), 'utf8')) as {pid: number};
      process.kill(-pid, 'SIGKILL');
    },
    close: async () => void (machine += 1),
  };
}

/** The Job's template: what the chart writes, with this machine's paths. */
export function jobTemplate(bed: TrainingBed): object {
  const env = {
    RATCHET_STORE: bed.store,
    RATCHET_PYTHON: bed.python,
    RATCHET_PROJECT_FOLDER: bed.folder,
    RATCHET_WORK: '/pod-work',
    RATCHET_TRAINER_THREADS: '1',
    PATH: process.env['PATH']!,
    HOME: process.env['HOME']!,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {namespace: 'ratchet', labels: {'app.kubernetes.io/instance': 'tiny'}},
    spec: {
      template: {
        spec: {
          terminationGracePeriodSeconds: 120,
          containers: [
            {
              name: 'trainer',
              image: 'ratchet-trainer:test',
              command: [process.execPath, path.join(ROOT, 'workers', 'train-job.ts')],
              env: Object.entries(env).map(([name, value]) => ({name, value})),
              resources: {limits: {'nvidia.com/gpu': 1}},
              volumeMounts: [{name: 'work', mountPath: '/pod-work'}],
            },
          ],
          volumes: [{name: 'work', emptyDir: {}}],
        },
      },
    },
  };
}

export function kubernetesKind(): BackendKind & {cluster: KubernetesStandIn; refuse: () => void} {
  const cluster = new KubernetesStandIn();
  let refused = false;
  let backend: TrainingBackend;
  let folder: string;
  return {
    name: 'Kubernetes Jobs, against a stand-in for the API',
    cluster,
    refuse: () => void (refused = true),
    async open(bed) {
      await cluster.listen();
      folder = await mkdtemp(path.join(tmpdir(), 'ratchet-job-template-'));
      const file = path.join(folder, 'job.json');
      await writeFile(file, JSON.stringify(jobTemplate(bed)));
      const api = new KubernetesApi({
        server: cluster.url,
        token: async () => (refused ? 'another' : cluster.token),
        namespace: 'ratchet',
      });
      backend = new KubernetesBackend({api, template: await readJobTemplate(file), stores: bed.stores});
    },
    backend: () => backend,
    starts: ({key}) => cluster.started.filter((pod) => pod.includes(key.slice(0, 32))).length,
    loseMachine: () => cluster.killContainer(),
    async close() {
      await cluster.close();
      await rm(folder, {recursive: true, force: true});
    },
  };
}
