/**
 * Which variables of its parent's environment a process gets, by what it is. Everything else of a shell – tokens of other
 * tools, passwords – stays with who started it. A name ends with `*` where all names that begin so are meant. What is set
 * for one process alone (addresses, the row key) is given beside it.
 */

/** What any program needs to find its home, its files, its language and the way out. */
const SYSTEM = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TERM',
  'LANG',
  'LANGUAGE',
  'LC_*',
  'TZ',
  'TMPDIR',
  'TMP',
  'TEMP',
  'XDG_*',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'MALLOC_*',
  'NO_COLOR',
  'FORCE_COLOR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
];
/** Our own processes. OpenTelemetry's headers may hold a collector's key. */
const OURS = [
  ...SYSTEM,
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'NODE_COMPILE_CACHE',
  'NODE_V8_COVERAGE',
  'OTEL_*',
  'RATCHET_CACHE',
  'RATCHET_LOG',
  'RATCHET_DEBUG',
  'RATCHET_BUILD_ID',
  'RATCHET_PROJECT',
  'RATCHET_MODEL',
];
const STORE = ['AWS_*', 'RATCHET_STORE', 'RATCHET_PROJECT_FOLDER', 'RATCHET_PROJECT_FILE', 'RATCHET_WORK'];
const TEMPORAL = ['TEMPORAL_*', 'RATCHET_CODEC_KEYS'];
const KUBERNETES = ['KUBECONFIG', 'KUBERNETES_*', 'RATCHET_KUBERNETES*', 'POD_NAME'];
/** Where models of the Hugging Face Hub are found; its token apart. */
const HUB = ['HF_HOME', 'HF_HUB_*', 'HF_ENDPOINT', 'HUGGINGFACE_HUB_CACHE', 'TRANSFORMERS_CACHE'];
/** What numeric libraries and drivers are tuned by. */
const DEVICE = [
  'CUDA_*',
  'NVIDIA_*',
  'HIP_*',
  'ROCR_*',
  'HSA_*',
  'NCCL_*',
  'GLOO_*',
  'OMP_*',
  'MKL_*',
  'KMP_*',
  'OPENBLAS_*',
  'PYTORCH_*',
  'TORCH_*',
  'TORCHINDUCTOR_*',
  'TRITON_*',
  'DNNL_*',
  'ONEDNN_*',
  'TOKENIZERS_PARALLELISM',
];
/** Of the clients that send a training's figures; the trainer gets them where the project names such a server. */
export const TRACKING_VARIABLES = ['MLFLOW_TRACKING_*', 'WANDB_*'] as const;
const WORKER = [...OURS, ...STORE, ...TEMPORAL, ...KUBERNETES, 'RATCHET_WORKER_METRICS'];

export const PASSED = {
  temporal: [...SYSTEM, 'GO*'],
  codec: [...OURS, 'RATCHET_CODEC_KEYS', 'RATCHET_CODEC_TOKEN'],
  'worker-workflow': WORKER,
  'worker-cpu': [
    ...WORKER,
    ...HUB,
    'HF_TOKEN',
    'RATCHET_ADAPTERS',
    'RATCHET_ADAPTERS_ON_ENGINES',
    'RATCHET_PYTHON',
    'RATCHET_WORDLLAMA',
    'RATCHET_ENGINE_KEY',
    'RATCHET_TRAINING_JOB',
    'RATCHET_TRAINER_THREADS',
  ],
  'worker-gpu': [
    ...WORKER,
    ...HUB,
    ...DEVICE,
    'HF_TOKEN',
    'RATCHET_PYTHON',
    'RATCHET_TRAINING_JOB',
    'RATCHET_TRAINER_THREADS',
    'RATCHET_TRAININGS',
    ...TRACKING_VARIABLES,
  ],
  engine: [...OURS, ...DEVICE, 'RATCHET_LLAMA'],
  gateway: [
    ...OURS,
    ...STORE,
    ...KUBERNETES,
    ...HUB,
    'HF_TOKEN',
    'RATCHET_ADAPTERS',
    'RATCHET_ADAPTERS_ON_ENGINES',
    'RATCHET_ENGINE_KEY',
    'RATCHET_GATEWAY_METRICS',
  ],
  /** Rows and weights are in its hands, and code of its libraries: none of the keys. */
  trainer: [...SYSTEM, ...DEVICE, ...HUB, 'VIRTUAL_ENV', 'REQUESTS_CA_BUNDLE', 'RATCHET_CACHE'],
} as const satisfies Record<string, readonly string[]>;
export type ChildKind = keyof typeof PASSED;

/**
 * The variables of `env` that a child of this kind gets; `more` names others, as settings of the project do.
 * `RATCHET_PASS_ENV=NAME,NAME` passes further ones to every child but the trainer.
 */
export function childEnvironment(
  kind: ChildKind,
  env: NodeJS.ProcessEnv,
  more: readonly string[] = [],
): NodeJS.ProcessEnv {
  const named = kind === 'trainer' ? [] : ['RATCHET_PASS_ENV', ...(env['RATCHET_PASS_ENV'] ?? '').split(',')];
  const passed: readonly string[] = [...PASSED[kind], ...more, ...named.map((name) => name.trim())];
  const whole = new Set(passed);
  const begun = passed.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => whole.has(name) || begun.some((start) => start !== '' && name.startsWith(start)),
    ),
  );
}
