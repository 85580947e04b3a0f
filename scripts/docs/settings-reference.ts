import {z} from 'zod';
import {ProjectConfig} from '../../schemas/project.ts';
import {ENVIRONMENT} from './environment-variables.ts';
import {MEANINGS} from './settings-meanings.ts';

/** One key of ratchet.yaml, as its table shows it. */
export interface Setting {
  readonly path: string;
  readonly type: string;
  /** As YAML; null: none. */
  readonly fallback: string | null;
  readonly required: boolean;
}

/** The parts of JSON Schema that zod writes. */
interface Json {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly items?: Json;
  readonly anyOf?: readonly Json[];
  readonly additionalProperties?: Json | boolean;
  readonly enum?: readonly unknown[];
  readonly const?: string | number | boolean;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
}

/** Of another key's shape, which is not told twice; and ranges, which docs/sweep.md tells. */
const TOLD_ELSEWHERE = /^(replay\.sources|rollout\.first|training\.sweep\.\w+)$/;

const HEAD = `# Settings

Generated from \`schemas/project.ts\` by \`node scripts/docs/main.ts\`; a test fails when this page is stale.

A project is one file, \`ratchet.yaml\`. Unknown keys are refused, with the nearest known one; every problem is one line: \`FILE:LINE: KEY: expected …, got …\`. A duration is a number and \`ms\`, \`s\`, \`min\`, \`h\` or \`d\`: \`30 min\`; a bare number is refused. \`[]\` means each item of a list, \`TASK\` a name that you choose.

**What a change costs.** A stage runs again when its key changes: its part of the settings, its declared version, the row key, or its inputs.

| Stage | Its part of the settings |
| --- | --- |
| curate | \`curation\` (without \`shard_records\`), \`input\`, \`retrain.golden\`, the \`labels\` of all tasks, and of \`sources\` everything but \`uri\` and \`follow_links\`: what counts is what the records say, not where they are |
| train, sweep | the base model's bytes, \`training\` (without how often it saves and where its figures go), \`tasks\` (without \`golden_rows\`, \`temperature\`, \`stop\`), \`warm_start\`, and of \`engine\` its kind |
| gauntlet | the base model's bytes, \`gauntlet\` and the files of \`gauntlet.metrics\`, \`tasks\` (without \`train\`), \`prices\`, \`energy\`, \`description\`, and of \`engine\` its kind and \`threads\` |
| approval, rollout, monitor | not cached; \`rollout\` is fixed when a run begins, approvers and \`monitor\` are read when they are needed |

A change of a prompt, of \`input\`, of \`curation.pii\` or of \`guardrails\` also gives another release.
`;

/** docs/settings.md: every key with type, default and meaning, and every environment variable. */
export function settingsReference(): string {
  const all = settings();
  const top = ({path}: Setting): string => path.split(/[.[]/)[0]!;
  /** Keys that stand alone share a table. */
  const alone = (setting: Setting): boolean =>
    all.filter((other) => top(other) === top(setting)).length === 1;
  const groups = Map.groupBy(all, (setting) => (alone(setting) ? 'The project' : top(setting)));
  return [
    HEAD,
    '## ratchet.yaml\n',
    ...[...groups].flatMap(([group, rows]) => [
      `### ${group}\n`,
      '| Key | Type | Default | Meaning |\n| --- | --- | --- | --- |',
      ...rows.map(
        ({path, type, fallback, required}) =>
          `| \`${path}\` | ${cell(type)} | ${fallback === null ? (required ? '**required**' : '–') : `\`${cell(fallback)}\``} | ${cell(MEANINGS[path] ?? '')} |`,
      ),
      '',
    ]),
    '## Environment variables\n',
    ENVIRONMENT,
  ].join('\n');
}

/** Every key that can be set, in the order of the schema. */
export function settings(): Setting[] {
  const schema = z.toJSONSchema(ProjectConfig, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
  }) as Json;
  const found = keysOf(schema, '');
  return found.filter(({path}, i) => found.findIndex((other) => other.path === path) === i);
}

function keysOf(schema: Json, above: string): Setting[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = above === '' ? key : `${above}.${key}`;
    const required = (schema.required ?? []).includes(key);
    return [
      ...(isGroup(value) ? [] : [{path, type: typeOf(value), fallback: fallbackOf(value), required}]),
      ...(TOLD_ELSEWHERE.test(path) ? [] : below(value, path)),
    ];
  });
}

/** A map with fixed keys: its keys are told, and it needs no row of its own. */
function isGroup(schema: Json): boolean {
  return schema.properties !== undefined;
}

function below(schema: Json, path: string): Setting[] {
  if (schema.properties) return keysOf(schema, path);
  if (schema.anyOf) return schema.anyOf.filter(isGroup).flatMap((branch) => keysOf(branch, path));
  if (schema.items)
    return (schema.items.anyOf ?? [schema.items]).flatMap((item) => keysOf(item, `${path}[]`));
  if (typeof schema.additionalProperties === 'object' && schema.additionalProperties.properties)
    return keysOf(
      schema.additionalProperties,
      `${path}.${path.split('.').at(-1)!.replace(/s$/, '').toUpperCase()}`,
    );
  return [];
}

function fallbackOf({default: value}: Json): string | null {
  if (value === undefined) return null;
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}

function typeOf(schema: Json): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.items) {
    const most = schema.minItems === undefined ? 'list' : `list (at least ${schema.minItems})`;
    return schema.items.properties || schema.items.anyOf?.every(isGroup)
      ? most
      : `${most} of ${typeOf(schema.items)}`;
  }
  switch (schema.type) {
    case 'integer':
      return `whole number${range(schema)}`;
    case 'number':
      return `number${range(schema)}`;
    case 'boolean':
      return '`true`, `false`';
    case 'object':
      return 'map';
    default:
      if (schema.pattern?.includes('(ms|s|min|h|d)')) return 'duration';
      if (schema.format === 'uri') return 'URL';
      return 'text';
  }
}

function range({minimum, maximum, exclusiveMinimum, exclusiveMaximum}: Json): string {
  const parts = [
    ...(minimum === undefined ? [] : [`≥ ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`> ${exclusiveMinimum}`]),
    ...(maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? [] : [`≤ ${maximum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`< ${exclusiveMaximum}`]),
  ].filter((part) => !part.includes(String(Number.MIN_SAFE_INTEGER)));
  return parts.length === 0 ? '' : ` ${parts.join(', ')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
