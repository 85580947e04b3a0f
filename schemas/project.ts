import {z} from 'zod';
import {Approver, QuorumGroup} from './approval.ts';
import {RolloutSteps} from './deployment.ts';
import {CustomMetric} from './custom-metric.ts';
import {Notify} from './notify.ts';
import {ENTITIES, ENTITIES_BY_DEFAULT, VENDORS} from './names.ts';
import {GateSpec} from './report.ts';
import {TaskMix, TrainingConfig} from './training.ts';

const UNITS = {ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000} as const;
const A_DURATION = 'expected a duration with its unit, such as "15 s", "30 min", "12 h" or "30 d"';
/** `500 ms`, `15 s`, `30 min`, `12 h`, `30 d` → milliseconds. A bare number is refused: who writes 3 hardly means 3 ms. */
export const Duration = z
  .string(A_DURATION)
  .regex(/^\d+(\.\d+)? ?(ms|s|min|h|d)$/, A_DURATION)
  .transform((text) => {
    const [, number, unit] = /^([\d.]+) ?(\w+)$/.exec(text)!;
    return Math.round(Number(number) * UNITS[unit as keyof typeof UNITS]);
  });

const Name = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,40}$/,
    'expected a name of 2 to 41 small letters, digits and dashes, a letter first',
  );

/**
 * Where rows come from. `uri`: `file:` (relative to the YAML; `*` globs), `s3://bucket/key`, or `npm:package/path` (a file
 * of an installed package).
 */
export const Source = z.strictObject({
  name: Name,
  uri: z.string().regex(/^(file:|s3:\/\/|npm:)/, 'expected a uri that starts with file:, s3:// or npm:'),
  format: z.enum(['mail', 'jsonl', 'json', 'csv', 'parquet']),
  /** The label of every record of this source… */
  label: z.string().optional(),
  /** …or the column that holds it, with the id and the input fields: {id: msg_id, label: class, text: body, messages: turns}. */
  fields: z.record(z.string(), z.string()).optional(),
  /** At most so many records, in the order of their ids. */
  limit: z.int().min(1).optional(),
  /** Of a `uri` with stars: read links that lead out of its folder, too. Whoever may put a link there reads what it names. */
  follow_links: z.boolean().optional(),
});
export type Source = z.infer<typeof Source>;

const LABELS = 'expected at least two labels, in a list or each with its other spellings';
/** `[negative, positive]`, or each label with other ways in which rows and users write it: `{negative: [neg, Negative]}`. */
const Labels = z.union([
  z.array(z.string()).min(2),
  z
    .record(z.string(), z.array(z.string()))
    .refine((labels) => Object.keys(labels).length >= 2, LABELS)
    .superRefine((labels, context) => {
      const names = [...Object.keys(labels), ...Object.values(labels).flat()];
      const twice = names.find((name, i) => names.indexOf(name) !== i);
      if (twice !== undefined)
        context.addIssue({
          code: 'custom',
          message: `expected each spelling once ("${twice}" is there twice)`,
        });
    }),
]);

const TaskKeys = z.strictObject({
  kind: z.enum(['classification', 'generation', 'chat']),
  /** A name in `models`; missing: the base model, with the adapter that the run trains. */
  model: Name.optional(),
  /** Models that are asked in this order where `model` does not answer. */
  fallback: z.array(Name).min(1).optional(),
  inputs: z.array(z.string()).min(1),
  /** Classification: the classes. */
  labels: Labels.optional(),
  /** Spelling → label, as the map form of `labels` says it. */
  label_aliases: z.record(z.string(), z.string()).optional(),
  /** Generation: the field that is the reference. */
  target: z.string().optional(),
  /** Generation: its answers are one JSON object with these fields; the target is one, too. Adds metrics of each field. */
  json_fields: z
    .array(z.string().regex(/^[A-Za-z]\w{0,39}$/, 'expected a name of letters, digits and _, a letter first'))
    .min(1)
    .max(32)
    .optional(),
  prompt: z.string().min(1),
  format: z.enum(['plain', 'chat']).default('plain'),
  system: z.string().optional(),
  /** Which input is cut where the inputs exceed max_input_tokens. */
  trim: z.string().optional(),
  max_input_tokens: z.int().min(8).default(128),
  max_output_tokens: z.int().min(1).default(32),
  /** `default`: the model's own; of a vendor's model alone, some of which take no other. */
  temperature: z
    .union([z.number().min(0).max(2), z.literal('default')], 'expected a number from 0 to 2, or default')
    .default(0),
  stop: z.array(z.string()).default([]),
  train: TaskMix.prefault({}),
  /**
   * Of the golden rows of each age (those of the first dataset, those that a later version added) at most so many are asked in
   * the gauntlet, classes in their natural shares; all of them if missing.
   */
  golden_rows: z.int().min(1).optional(),
});
/** Both forms of `labels` become a list, with their other spellings beside it. */
export const Task = TaskKeys.transform(({labels, label_aliases: given, ...task}) => {
  if (labels === undefined || Array.isArray(labels))
    return {...task, ...(labels && {labels}), ...(given && {label_aliases: given})};
  const spelled = Object.entries(labels).flatMap(([label, others]) => others.map((other) => [other, label]));
  const aliases = {...given, ...(Object.fromEntries(spelled) as Record<string, string>)};
  return {...task, labels: Object.keys(labels), ...(spelled.length > 0 && {label_aliases: aliases})};
});
export type Task = z.infer<typeof Task>;

export const Curation = z.strictObject({
  languages: z.array(z.string()).default(['en']),
  language_score: z.number().min(0).max(1).default(0.65),
  min_chars: z.int().min(0).default(20),
  max_chars: z.int().min(1).default(200_000),
  pii: z.array(z.enum(ENTITIES)).default([...ENTITIES_BY_DEFAULT]),
  near_duplicates: z
    .strictObject({
      shingle_words: z.int().min(1).max(20).default(5),
      bands: z.int().min(1).max(64).default(14),
      rows: z.int().min(1).max(32).default(8),
      jaccard: z.number().gt(0).max(1).default(0.8),
      max_cluster: z.int().min(2).default(1000),
    })
    .prefault({}),
  decontaminate: z
    .strictObject({ngram_words: z.int().min(3).default(13), overlap: z.number().gt(0).max(1).default(0.7)})
    .prefault({}),
  split: z
    .strictObject({
      validation: z.number().min(0).max(0.5).default(0.05),
      golden: z.number().min(0).max(0.8).default(0.15),
      traffic: z.number().min(0).max(0.8).default(0.1),
      seed: z.int().default(7),
      /** A column: rows with the same value, those of one speech, thread, user or document, stay in one split. */
      group: z.string().min(1).optional(),
      /** A column: golden rows are the latest ones by it. */
      time: z.string().min(1).optional(),
    })
    .prefault({}),
  /** Above this share of malformed records the run stops with TooManyMalformed. */
  malformed_share: z.number().min(0).max(1).default(0.02),
  /** Records processed in one activity. */
  shard_records: z.int().min(1).default(500),
});
export type Curation = z.infer<typeof Curation>;

export const Monitor = z.strictObject({
  /** Labelled or unlabelled answers in a window. */
  window: z.int().min(20).default(200),
  psi: z.number().positive().default(0.1),
  jensen_shannon: z.number().positive().default(0.1),
  wasserstein: z.number().positive().default(0.1),
  /** √ of the energy coefficient; two windows of 200 alike mails differ by .015, other mail by .06. */
  embedding: z.number().positive().default(0.05),
  accuracy_drop: z.number().positive().default(0.05),
  /** Traffic repeats daily, weekly or not at all: the reference spans whole periods, and is compared at the same times. */
  cycle: z.enum(['none', 'day', 'week']).default('day'),
  alpha: z.number().gt(0).lt(1).default(0.01),
  /** False alarms that all looks of 30 days may raise on average, beside 2 alpha. */
  false_alarms: z.number().positive().max(100).default(0.5),
  permutations: z.int().min(99).default(499),
  interval: Duration.prefault('1 h'),
  cool_down: Duration.prefault('24 h'),
  /** So many retrains in a row that were not promoted open the circuit; a person closes it. */
  circuit_breaker: z.int().min(1).default(3),
});

/** What clients may take of a gateway, whoever they are; a key's own rate and budget come on top. */
export const GatewayLimits = z.strictObject({
  request_bytes: z.int().min(1024).default(1_048_576),
  /** Values and keys in a request's JSON, and objects and lists within one another. */
  request_values: z.int().min(100).default(10_000),
  request_depth: z.int().min(8).default(32),
  /** Bytes that the bodies of all requests under way hold, and those of one key. */
  held_bytes: z.int().min(1024).default(67_108_864),
  held_bytes_per_key: z.int().min(1024).default(16_777_216),
  /** For reading one request's texts: transform, scrub, guardrail patterns. */
  transform_within: Duration.prefault('5 s'),
  /** For a request's head, and for all of it. */
  headers_within: Duration.prefault('10 s'),
  request_within: Duration.prefault('30 s'),
  connections: z.int().min(1).default(4096),
  /** Completions that engines work on at once; missing: 64 for each engine. */
  concurrent: z.int().min(1).optional(),
  /** Requests that may wait beyond those. */
  waiting: z.int().min(0).default(256),
  concurrent_per_key: z.int().min(1).default(128),
});
export type GatewayLimits = z.infer<typeof GatewayLimits>;

const EnvironmentVariable = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'expected the name of an environment variable, such as OPENAI_API_KEY');

/** A vendor's model. Its key and address stand in the environment alone, so that neither gets into a digest, a history or a log. */
export const NamedModel = z.strictObject({
  provider: z.enum(VENDORS),
  /** As the vendor spells it: `gpt-5.2-mini`. */
  model: z.string().min(1).max(200),
  /** The dated version that `model` names, where the vendor has one; missing: an alias that the vendor may change, which reports say. */
  snapshot: z.string().min(1).max(200).optional(),
  /** Where the key is; missing: the variable that the vendor's own clients read. */
  api_key_env: EnvironmentVariable.optional(),
  /** Where the address is; missing: as with the key, and without that variable the vendor's own address. */
  base_url_env: EnvironmentVariable.optional(),
  /** For one answer, or a stream's first piece. */
  timeout: Duration.prefault('2 min'),
  /** Of a million tokens, in `prices.currency`; missing: as `prices` says. */
  prices: z
    .strictObject({
      input: z.number().nonnegative(),
      /** Those that the vendor found in its cache; missing: as `input`. */
      cached_input: z.number().nonnegative().optional(),
      /** Those of the model's reasoning, too. */
      output: z.number().nonnegative(),
    })
    .optional(),
});
export type NamedModel = z.infer<typeof NamedModel>;

const DnsLabel = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'expected a name of Kubernetes: at most 63 small letters, digits and dashes',
  );

/** The Service that vLLM servers stand behind; each of its ready endpoints is an engine. */
export const KubernetesService = z.strictObject({
  service: DnsLabel,
  /** Missing: the one that the process runs in. */
  namespace: DnsLabel.optional(),
  /** The name of one of the Service's ports. Missing: its only one. */
  port: DnsLabel.optional(),
});
export type KubernetesService = z.infer<typeof KubernetesService>;

/** The name of the model that the launcher fetches. */
export const DEFAULT_MODEL = 'smollm2-135m-instruct';

export const ProjectConfig = z.strictObject({
  version: z.literal(1),
  project: Name,
  description: z.string().default(''),
  sources: z.array(Source).min(1),
  input: z.strictObject({
    format: z.enum(['mail', 'record', 'text', 'chat']),
    fields: z.array(z.string()).default([]),
  }),
  tasks: z.record(Name, Task),
  base_model: z
    .strictObject({
      name: z.string().default(DEFAULT_MODEL),
      kind: z.enum(['gguf', 'hf']).default('gguf'),
      /** A file or folder, or a Hugging Face id; missing = the default model that the launcher fetched. */
      path: z.string().optional(),
      /** Of an id: a branch, tag or commit; missing = main. */
      revision: z
        .string()
        .regex(/^\w[\w./-]*$/, 'expected a branch, a tag or a commit')
        .optional(),
      /** The day that a chat template which prints one shows; missing: the stable release's, else that of the first run. */
      date: z.iso.date('expected a day, such as 2026-01-31').optional(),
    })
    .prefault({}),
  /** Models beside `base_model`, by the names under which tasks ask for them. */
  models: z.record(Name, NamedModel).default({}),
  curation: Curation.prefault({}),
  /** `none`: the base model answers as it is, and candidates differ in prompt, guardrails, data or model. */
  training: z.union([z.literal('none'), TrainingConfig]).prefault({}),
  warm_start: z.boolean().default(false),
  gauntlet: z.strictObject({
    gates: z.array(GateSpec).min(1),
    general_rows: z.int().min(1).default(40),
    probe_rows: z.int().min(1).default(40),
    perplexity_rows: z.int().min(1).default(64),
    /** Items that may fail to be scored before the metric is inconclusive. */
    max_error_share: z.number().min(0).max(1).default(0.02),
    /** A release that non-inferiority gates compare with, too: `first`, the first one that was trained and stable, or a digest. */
    anchor: z
      .string()
      .regex(/^(first|[0-9a-f]{64})$/, 'expected first, or the 64 hex digits of a release')
      .optional(),
    /** Of the project's own: name → what computes it. Gates call it TASK_NAME. */
    metrics: z
      .record(
        z.string().regex(/^[a-z][a-z0-9_]{1,30}$/, 'expected small letters, digits and _'),
        CustomMetric,
      )
      .optional(),
    judge: z.strictObject({base_url: z.url(), model: z.string(), api_key_env: z.string()}).optional(),
  }),
  guardrails: z
    .strictObject({
      max_input_chars: z.int().min(1).default(200_000),
      scrub_output: z.boolean().default(true),
      strip_invisible: z.boolean().default(true),
      block_patterns: z.array(z.string()).default([]),
    })
    .prefault({}),
  approval: z
    .strictObject({
      required: z.int().min(1).default(1),
      starter_may_approve: z.boolean().default(false),
      /** Each group has to reach its number, beside `required` of all. */
      quorum: z.array(QuorumGroup).default([]),
      /** Who may decide too once nothing was decided for so long; until then they may not. */
      escalation: z.array(z.strictObject({after: Duration, to: z.array(z.string()).min(1)})).default([]),
      timeout: Duration.prefault('30 d'),
      reminder: Duration.prefault('1 d'),
      approvers: z.array(Approver).default([]),
    })
    .prefault({}),
  rollout: z.strictObject({
    steps: RolloutSteps,
    /** Instead of `steps` while nothing but the base model was ever stable: nobody depends on it yet. */
    first: RolloutSteps.optional(),
  }),
  monitor: Monitor.prefault({}),
  retrain: z
    .strictObject({
      /** Corrections and confirmed answers become rows of a `feedback` source up to the retrain's cut. */
      feedback: z.boolean().default(true),
      /** Share of the new batch's clusters that become golden rows (slice `new_batch`). */
      golden: z.number().min(0).max(0.8).default(0.3),
      /** At most so many rows of one gateway key's feedback, as a share of the rows of all sources; 20 in any case. */
      feedback_per_key: z.number().min(0).max(1).default(0.1),
      /** The same of one user; 5 in any case. */
      feedback_per_unit: z.number().min(0).max(1).default(0.02),
    })
    .prefault({}),
  /** Who is told of what happens, by webhook. */
  notify: z.array(Notify).default([]),
  /** The demo's later traffic, replayed through the gateway as users who correct wrong labels. */
  replay: z
    .strictObject({
      sources: z.array(Source).min(1),
      concurrency: z.int().min(1).default(2),
    })
    .optional(),
  gateway: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.int().min(0).max(65535).default(8080),
      admin_port: z.int().min(0).max(65535).default(8081),
      /** Until a release is promoted, and outside of its rollout: answer 503, or by the base model that no gate judged. */
      before_first_release: z.enum(['refuse', 'base']).default('refuse'),
      flush: Duration.prefault('2 s'),
      flush_traces: z.int().min(1).default(200),
      limits: GatewayLimits.prefault({}),
    })
    .prefault({}),
  engine: z
    .strictObject({
      /** `embedded`, the base URLs of vLLM servers, or the Kubernetes Service whose ready endpoints they are. */
      target: z
        .union([
          z.literal('embedded'),
          z.array(z.url()).min(1),
          z.strictObject({kubernetes: KubernetesService}),
        ])
        .default('embedded'),
      processes: z.int().min(1).default(2),
      threads: z.int().min(1).default(1),
      context: z.int().min(128).default(1024),
    })
    .prefault({}),
  traces: z
    .strictObject({
      raw: z.boolean().default(false),
      raw_lifetime: Duration.prefault('7 d'),
    })
    .prefault({}),
  prices: z
    .strictObject({
      currency: z.string().default('USD'),
      cpu_hour: z.number().nonnegative().default(0.05),
      gpu_hour: z.number().nonnegative().default(2.5),
      million_prompt_tokens: z.number().nonnegative().default(0),
      million_completion_tokens: z.number().nonnegative().default(0),
      gb_month: z.number().nonnegative().default(0.023),
    })
    .prefault({}),
  /** Powers that energy is reckoned from; docs/cost.md says where the defaults come from. */
  energy: z
    .strictObject({
      cpu_watts: z.number().nonnegative().default(3.5),
      gpu_watts: z.number().nonnegative().default(700),
      pue: z.number().min(1).default(1.58),
      grid_g_per_kwh: z.number().nonnegative().default(481),
    })
    .prefault({}),
  /** Hard limits; none where it is missing. In no stage's key: raising it changes no result. */
  budget: z
    .strictObject({
      run: z.number().nonnegative().optional(),
      day: z.number().nonnegative().optional(),
      gpu_hours: z.number().nonnegative().optional(),
    })
    .prefault({}),
});
export type ProjectConfig = z.infer<typeof ProjectConfig>;

/** The Service that the project's engines stand behind; null where they are embedded, or named by their addresses. */
export function serviceOf({engine: {target}}: Pick<ProjectConfig, 'engine'>): KubernetesService | null {
  return target === 'embedded' || Array.isArray(target) ? null : target.kubernetes;
}
export type ProjectYaml = z.input<typeof ProjectConfig>;
