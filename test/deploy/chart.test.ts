import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {parse, parseAllDocuments} from 'yaml';
import {jobManifest, JobTemplate} from '../../activities/train/kubernetes/job-manifest.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {resolveEnvironment} from '../../launcher/environment.js';
import {GATEWAY_MALLOC, GATEWAY_V8} from '../../stack/program-parts.ts';
import {workerSettings} from '../../workers/settings.ts';
import {refusedManifests, UNCHECKED} from '../kubernetes/manifest-check.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const CHART = path.join(ROOT, 'deploy', 'helm', 'ratchet');
const {helm} = resolveEnvironment();

interface Container {
  name: string;
  args: string[];
  env: {name: string; value: string}[];
  envFrom?: {secretRef: {name: string}}[];
  resources: {limits?: Record<string, unknown>};
  securityContext: Record<string, unknown>;
  volumeMounts: {name: string; mountPath: string}[];
}
interface PodSpec {
  automountServiceAccountToken?: boolean;
  serviceAccountName?: string;
  terminationGracePeriodSeconds: number;
  securityContext: {runAsNonRoot: boolean};
  containers: Container[];
  volumes: {name: string; persistentVolumeClaim?: {claimName: string}}[];
}
interface Manifest {
  kind: string;
  metadata: {name: string; annotations?: Record<string, string> | null};
  spec: {template: {spec: PodSpec}; [field: string]: unknown};
  data: Record<string, string>;
}

const PROJECT = [
  '--set',
  'project.name=mail,store=s3://ratchet/mail,temporal.address=temporal:7233',
  '--set-file',
  `project.yaml=${path.join(ROOT, 'examples', 'mail', 'ratchet.yaml')}`,
];
/** The volume that engines elsewhere read adapters from. */
const CLAIM = ['--set', 'adapters.existingClaim=models'];
const SET = [...PROJECT, ...CLAIM, '--set', 'engines={http://vllm:8000}'];
const values = (name: string) => ['-f', path.join(CHART, `values-${name}.yaml`)];
const VLLM = [
  '--set',
  'vllm.enabled=true,vllm.model=org/base,vllm.revision=abc,vllm.replicas=2,secrets.engines=keys,adapters.existingClaim=',
];

/** The mail project with its engines behind a Service of another namespace. */
const discovering = path.join(mkdtempSync(path.join(tmpdir(), 'ratchet-chart-')), 'ratchet.yaml');
const mail = parse(readFileSync(path.join(ROOT, 'examples', 'mail', 'ratchet.yaml'), 'utf8')) as object;
writeFileSync(
  discovering,
  JSON.stringify({...mail, engine: {target: {kubernetes: {service: 'vllm', namespace: 'models'}}}}),
);
const SERVICE = ['--set-file', `project.yaml=${discovering}`];

function render(...args: string[]): Manifest[] {
  const text = execFileSync(
    helm!,
    ['template', 'mail', CHART, '--namespace', 'ratchet', '--kube-version', '1.34.2', ...args],
    {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']},
  );
  return parseAllDocuments(text)
    .map((document) => document.toJSON() as Manifest | null)
    .filter((manifest) => manifest !== null);
}
const named = (all: readonly Manifest[], kind: string, name: string) =>
  all.find((one) => one.kind === kind && one.metadata.name === name)!;
const pods = (all: readonly Manifest[]) =>
  all.flatMap((one) => (one.spec?.template?.spec ? [one.spec.template.spec] : []));
const environment = ({env}: Container) => Object.fromEntries(env.map(({name, value}) => [name, value]));

const RENDERED: [string, string[]][] = [
  ['devices and engines elsewhere', SET],
  ['metrics', [...SET, '--set', 'metrics.port=9464,env.RATCHET_LOG=json']],
  ['training Jobs', [...SET, ...values('jobs')]],
  ['vLLM of its own', [...SET, ...VLLM]],
  ['engines behind a Service', [...PROJECT, ...SERVICE, ...CLAIM]],
  [
    'Temporal Cloud, S3, Jobs and vLLM',
    [...SET, ...values('temporal-cloud'), ...values('s3'), ...values('jobs'), ...VLLM],
  ],
];

describe.skipIf(helm === undefined || UNCHECKED !== undefined)(
  `the chart${helm === undefined ? ' (no helm: `npm test` builds it where Go is installed)' : UNCHECKED ? ` (${UNCHECKED})` : ''}`,
  () => {
    test.each(RENDERED)('is what Kubernetes 1.34 takes, with %s', async (_, args) => {
      const all = render(...args);
      expect(all.length).toBeGreaterThan(8);
      expect(await refusedManifests(all)).toEqual([]);
    });

    test('the check itself refuses a manifest that is wrong', async () => {
      const [wrong] = render(...SET).filter(({kind}) => kind === 'Deployment');
      wrong!.spec['replicaz'] = 2;
      expect((await refusedManifests([wrong])).join()).toContain('unknown field "spec.replicaz"');
    });

    test.each(RENDERED)(
      'runs as nobody, with no privilege and a root that is read only, with %s',
      (_, args) => {
        for (const {securityContext, containers} of pods(render(...args))) {
          expect(securityContext.runAsNonRoot).toBe(true);
          for (const {name, securityContext: own} of containers) {
            expect(own).toMatchObject({allowPrivilegeEscalation: false, capabilities: {drop: ['ALL']}});
            // vLLM writes beside its sources.
            if (name !== 'vllm') expect(own).toMatchObject({readOnlyRootFilesystem: true});
          }
        }
      },
    );

    test('gives workers what they ask for by its name, and more time than they take to shut down', () => {
      for (const {terminationGracePeriodSeconds, containers} of pods(render(...SET))) {
        expect(terminationGracePeriodSeconds).toBeGreaterThan(15);
        const [worker] = containers;
        if (worker!.name !== 'worker') continue;
        const env = {...environment(worker!), RATCHET_PROJECT_KEY: '0'.repeat(64)};
        expect(workerSettings(env)).toMatchObject({
          project: 'mail',
          store: 's3://ratchet/mail',
          folder: '/project',
        });
      }
    });

    test('each kind of process has an account of its own, and credentials for the store where they are given', () => {
      const all = render(
        ...[...SET, ...values('jobs'), '--set', 'secrets.stores.gateway=store-of-gateway'],
        ...['--set', 'secrets.stores.training=store-of-training,serviceAccounts.annotations.team=ml'],
        ...['--set', 'serviceAccounts.gateway.role=reads'],
      );
      const specs: Record<string, PodSpec> = {
        training: (parse(named(all, 'ConfigMap', 'mail-training').data['job.yaml']!) as Manifest).spec
          .template.spec,
      };
      for (const kind of ['gateway', 'workflow', 'cpu', 'gpu'])
        specs[kind] = named(all, 'Deployment', `mail-${kind}`).spec.template.spec;
      for (const [kind, {serviceAccountName, containers}] of Object.entries(specs)) {
        expect(serviceAccountName).toBe(`mail-${kind}`);
        expect(named(all, 'ServiceAccount', `mail-${kind}`).metadata.annotations).toEqual(
          kind === 'gateway' ? {team: 'ml', role: 'reads'} : {team: 'ml'},
        );
        const secrets = containers[0]!.envFrom!.map(({secretRef}) => secretRef.name);
        const own = kind === 'gateway' || kind === 'training';
        expect(secrets.includes(`store-of-${kind}`)).toBe(own);
        expect(secrets.includes('ratchet-store')).toBe(!own);
      }
    });

    test('shows the metrics of gateway and workers at the port that is named, to pods that may read them', () => {
      const {metrics, env} = {metrics: {name: 'metrics', containerPort: 9464}, env: {RATCHET_LOG: 'json'}};
      const all = render(
        ...SET,
        ...[
          '--set',
          'metrics.port=9464,env.RATCHET_LOG=json,metrics.from[0].podSelector.matchLabels.app=prometheus',
        ],
      );
      for (const {containers} of pods(all)) {
        const [one] = containers as [Container & {ports: unknown[]}];
        const variable = one.name === 'gateway' ? 'RATCHET_GATEWAY_METRICS' : 'RATCHET_WORKER_METRICS';
        expect(environment(one)).toMatchObject({...env, [variable]: '0.0.0.0:9464'});
        expect(one.ports).toContainEqual(metrics);
      }
      for (const part of ['gateway', 'workers'])
        expect(named(all, 'NetworkPolicy', `mail-${part}`).spec['ingress']).toContainEqual({
          from: [{podSelector: {matchLabels: {app: 'prometheus'}}}],
          ports: [{port: 'metrics'}],
        });
      const [gateway] = named(render(...SET), 'Deployment', 'mail-gateway').spec.template.spec.containers;
      expect(environment(gateway!)).not.toHaveProperty('RATCHET_GATEWAY_METRICS');
    });

    test('is refused where no engine is named', () => {
      expect(() => render(...PROJECT)).toThrow(
        'engines: expected vllm.enabled, or engines with their base URLs, or engine.target.kubernetes in the ratchet.yaml',
      );
    });

    test('asks for a device where it trains, and nowhere else', () => {
      const devices = (all: Manifest[]) =>
        all
          .filter((one) =>
            one.spec?.template?.spec?.containers.some(({resources}) => resources.limits?.['nvidia.com/gpu']),
          )
          .map(({metadata}) => metadata.name);
      expect(devices(render(...SET))).toEqual(['mail-gpu']);
      expect(devices(render(...SET, ...values('jobs'), ...VLLM))).toEqual(['mail-vllm']);
    });

    test('the Job that a gpu worker makes of its template is one, and is replaced where it was disrupted', async () => {
      const {data} = named(render(...SET, ...values('jobs')), 'ConfigMap', 'mail-training');
      const template = JobTemplate.parse(parse(data['job.yaml']!));
      const ref = {
        uri: 'artifacts/sha256/00/0',
        sha256: sha256Hex('job'),
        bytes: 1,
        mediaType: 'application/json',
      };
      const job = {
        v: 1 as const,
        project: 'mail',
        key: sha256Hex('key'),
        training: {},
        score_rows: 8,
        init: null,
        base: {name: 'base', kind: 'gguf' as const, sha256: sha256Hex('base')},
        base_model: {name: 'base', kind: 'gguf' as const},
        gguf: 'required' as const,
        train: ref,
        validation: ref,
        golden: ref,
      };
      const manifest = jobManifest(template, job, ref);
      expect(await refusedManifests([manifest])).toEqual([]);
      expect(manifest).toMatchObject({
        metadata: {name: `ratchet-train-${sha256Hex('key').slice(0, 32)}`, namespace: 'ratchet'},
        spec: {
          backoffLimit: 0,
          podReplacementPolicy: 'Failed',
          podFailurePolicy: {rules: [{action: 'Ignore', onPodConditions: [{type: 'DisruptionTarget'}]}]},
          template: {spec: {terminationGracePeriodSeconds: 180, restartPolicy: 'Never'}},
        },
      });
      // Neither the row key nor Temporal's: it needs them not.
      const [{envFrom}] = (manifest.spec.template.spec as unknown as PodSpec).containers as [Container];
      expect(envFrom).toEqual([{secretRef: {name: 'ratchet-store'}}]);
    });

    test('starts the gateway as the local stack does; how large its heap may be is left to the memory it is given', () => {
      const [gateway] = named(render(...SET), 'Deployment', 'mail-gateway').spec.template.spec.containers;
      const [, ...collector] = GATEWAY_V8;
      expect(gateway!.args.slice(0, 2)).toEqual([...collector, 'serving/gateway/main.ts']);
      expect(environment(gateway!)).toMatchObject(GATEWAY_MALLOC);
    });

    test('lets only the gateway and the cpu workers reach the engines, which are asked one by one', () => {
      const all = render(...SET, ...VLLM);
      const {spec} = named(all, 'NetworkPolicy', 'mail-vllm');
      const [{from}] = spec['ingress'] as [{from: {podSelector: {matchLabels: Record<string, string>}}[]}];
      expect(from.map(({podSelector}) => podSelector.matchLabels['app.kubernetes.io/component'])).toEqual([
        'gateway',
        'worker-cpu',
      ]);
      const [gateway] = named(all, 'Deployment', 'mail-gateway').spec.template.spec.containers;
      expect(environment(gateway!)['RATCHET_ENGINES']).toBe(
        'http://mail-vllm-0.mail-vllm:8000,http://mail-vllm-1.mail-vllm:8000',
      );
    });

    test('lets gateway and cpu workers, and nobody else, read the endpoints of the Service that the project names', () => {
      const all = render(...SET, ...SERVICE, ...CLAIM);
      expect(named(all, 'Role', 'mail-engines')).toMatchObject({
        metadata: {namespace: 'models'},
        rules: [
          {apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch']},
        ],
      });
      expect(named(all, 'RoleBinding', 'mail-engines')).toMatchObject({
        metadata: {namespace: 'models'},
        subjects: ['mail-gateway', 'mail-cpu'].map((name) => ({
          kind: 'ServiceAccount',
          name,
          namespace: 'ratchet',
        })),
      });
      const withToken = (of: readonly Manifest[]) =>
        of
          .filter(({spec}) => spec?.template?.spec.automountServiceAccountToken)
          .map(({metadata}) => metadata.name);
      expect(withToken(all).sort()).toEqual(['mail-cpu', 'mail-gateway']);
      const [gateway] = named(all, 'Deployment', 'mail-gateway').spec.template.spec.containers;
      expect(environment(gateway!)['RATCHET_ENGINES']).toBe('');
      expect(withToken(render(...SET, ...VLLM))).toEqual([]);
    });

    test.each([
      ['engines elsewhere', [...CLAIM, '--set', 'engines={http://vllm:8000}'], 'models'],
      ['engines behind a Service', [...SERVICE, ...CLAIM], 'models'],
      ['vLLM of its own', VLLM, 'mail-adapters'],
      ['vLLM of its own on a volume that exists', [...VLLM, ...CLAIM], 'models'],
    ])('brings adapters to the volume that the engines read, with %s', (_, args, claim) => {
      const all = render(...SET, ...args);
      const mounting = all.filter(({spec}) =>
        spec?.template?.spec.volumes.some(
          ({name, persistentVolumeClaim}) =>
            name === 'adapters' && persistentVolumeClaim?.claimName === claim,
        ),
      );
      expect(mounting.map(({metadata}) => metadata.name).sort()).toEqual([
        'mail-cpu',
        'mail-gateway',
        ...(args.includes(VLLM[1]!) ? ['mail-vllm'] : []),
      ]);
      for (const {spec} of mounting)
        expect(spec.template.spec.containers[0]!.volumeMounts).toContainEqual(
          expect.objectContaining({name: 'adapters', mountPath: '/adapters'}),
        );
      const made = all.filter(({kind}) => kind === 'PersistentVolumeClaim');
      expect(made.map(({metadata}) => metadata.name)).toEqual(claim === 'models' ? [] : [claim]);
    });

    test('says where engines mount the adapters, if elsewhere', () => {
      const elsewhere = [...CLAIM, '--set', 'engines={http://vllm:8000},adapters.pathOnEngines=/mnt/lora'];
      for (const name of ['mail-gateway', 'mail-cpu']) {
        const [container] = named(render(...SET, ...elsewhere), 'Deployment', name).spec.template.spec
          .containers;
        expect(environment(container!)).toMatchObject({
          RATCHET_ADAPTERS: '/adapters',
          RATCHET_ADAPTERS_ON_ENGINES: '/mnt/lora',
        });
      }
    });

    test('gives no rights where rbac.create is false', () => {
      const args = [...SET, ...SERVICE, ...CLAIM, ...values('jobs')];
      const rights = (...more: string[]) =>
        render(...args, ...more).flatMap(({kind, metadata}) =>
          kind.startsWith('Role') ? [`${kind} ${metadata.name}`] : [],
        );
      expect(rights().sort()).toEqual([
        'Role mail-engines',
        'Role mail-training',
        'RoleBinding mail-engines',
        'RoleBinding mail-training',
      ]);
      expect(rights('--set', 'rbac.create=false')).toEqual([]);
    });

    test.each([
      [['--set', 'project.name='], 'project.name: expected'],
      [['--set', 'adapters.existingClaim='], 'adapters.existingClaim: expected'],
      [[...SERVICE, '--set', 'adapters.existingClaim='], 'adapters.existingClaim: expected'],
      [['--set', 'metrics.port=8081'], 'metrics.port: 8081 is the gateway'],
      [['--set', 'metrics.port=9090,gateway.port=9090'], 'metrics.port: 9090 is the gateway'],
      [['--set', 'store=file:///srv/store'], '/store'],
      [['--set', 'training.backend=ray'], '/training/backend'],
      [['--set', 'gateway.prot=80'], 'prot'],
      [['--set', 'images.ratchet.tag=latest'], '/images/ratchet/tag'],
    ])('refuses %j and says where', (wrong, said) => {
      expect(() => render(...SET, ...wrong)).toThrow(said);
    });
  },
);
