/**
 * Who may import whom: docs/architecture.md's rooms as a lint rule. Type-only imports are free.
 * A room's list names the rooms, packages and built-ins that its run-time imports may come from.
 */
import path from 'node:path';

/** Files of `schemas` that workflow code may import: they hold no zod. */
const ZOD_FREE = [
  'schemas/names.ts',
  'schemas/messages.ts',
  'schemas/acts.ts',
  'schemas/errors.ts',
  'schemas/task-models.ts',
  'schemas/prompt-file/names.ts',
  'schemas/prompt-file/assertion-names.ts',
];
/** What docs/metrics.md is made from. */
const METRICS = ['serving/gateway/metrics.ts', 'serving/engine/metrics.ts'];
/** What scripts/fuzz measures of the gateway. */
const GUARDS = [
  'serving/gateway/guardrails.ts',
  // The generated OpenAPI document.
  'serving/gateway/chat-request.ts',
  'serving/gateway/routes.ts',
  'serving/gateway/stream-guard.ts',
];
/** A project, its stores and its Temporal, without what starts a stack. */
const PROJECT = ['project-file', 'project-stores', 'live-stack', 'temporal'].map(
  (file) => `stack/${file}.ts`,
);
/** What scripts/mutate runs tests with. */
const TEST_SETUP = ['test/setup/'];
/** Rooms of `core` that hold decision files for workflows. */
const DECISIONS = ['approval', 'rollout', 'training', 'evaluation', 'drift'].map((room) => `core/${room}/`);

const RULES = [
  {room: 'schemas/', may: ['schemas/'], packages: ['zod', 'yaml', 'fastest-levenshtein']},
  {room: 'core/', may: ['core/', ...ZOD_FREE], packages: 'pure'},
  {room: 'host/', may: ['host/', 'schemas/', 'core/'], packages: 'any'},
  {room: 'temporal/', may: ['temporal/', 'schemas/'], packages: 'any'},
  {room: 'stores/', may: ['stores/', 'host/', 'schemas/', 'core/'], packages: 'any'},
  {room: 'models/', may: ['models/', 'host/', 'schemas/', 'core/'], packages: 'any'},
  {room: 'telemetry/', may: ['telemetry/', ...ZOD_FREE], packages: 'any'},
  {room: 'threads/', may: ['threads/'], packages: 'any'},
  {
    room: 'serving/',
    may: [
      'serving/',
      'stores/',
      'models/',
      'host/',
      'temporal/',
      'core/',
      'schemas/',
      'telemetry/',
      'threads/',
    ],
    packages: 'any',
  },
  {
    room: 'workflows/',
    may: ['workflows/', ...ZOD_FREE, ...DECISIONS],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  {
    room: 'activities/',
    may: [
      'activities/',
      'core/',
      'records/release-diff.ts',
      'stores/',
      'models/',
      'host/',
      'temporal/',
      'schemas/',
      'serving/targets/',
      'serving/clients/',
      'serving/pool/',
      'threads/',
    ],
    packages: 'any',
  },
  {
    room: 'client/',
    may: ['client/', 'schemas/', 'core/', 'temporal/payload-codec/'],
    packages: ['openai', '@temporalio/client', 'node:crypto'],
  },
  {
    room: 'records/',
    may: ['records/', 'stores/', 'core/', 'schemas/', 'stack/project-file.ts'],
    packages: 'any',
  },
  {
    room: 'runs/',
    may: [
      'runs/',
      'stores/',
      'models/',
      'core/',
      'schemas/',
      'temporal/payload-codec/',
      'client/away.ts',
      ...PROJECT,
    ],
    packages: 'any',
  },
  {
    room: 'ui/',
    may: ['ui/', 'client/', 'records/release-diff.ts', 'stores/', 'core/', 'schemas/'],
    packages: 'any',
  },
  {
    room: 'workers/',
    may: [
      'workers/',
      'activities/',
      'stores/',
      'models/',
      'host/',
      'temporal/',
      'schemas/',
      'core/',
      'telemetry/',
    ],
    packages: 'any',
  },
  {room: 'launcher/', may: ['launcher/'], packages: 'any'},
  {
    room: 'stack/',
    may: [
      'stack/',
      'launcher/',
      'client/',
      'schemas/',
      'core/',
      'stores/',
      'models/',
      'host/',
      'temporal/',
      'serving/clients/',
      'telemetry/',
      'threads/',
    ],
    packages: 'any',
  },
  {
    room: 'cli/',
    may: [
      'cli/',
      'ui/',
      'records/',
      'runs/',
      'stack/',
      'launcher/',
      'client/',
      'schemas/',
      'core/',
      'stores/',
      'models/',
      'host/',
      'temporal/',
      'serving/clients/',
      'telemetry/',
      'threads/',
    ],
    packages: 'any',
  },
  {
    room: 'scripts/',
    may: [
      'scripts/',
      'cli/',
      'stack/',
      'launcher/',
      'client/',
      'schemas/',
      'core/',
      'stores/',
      'models/',
      'host/',
      'temporal/',
      'serving/clients/',
      'telemetry/',
      'threads/',
      ...METRICS,
      ...GUARDS,
      ...TEST_SETUP,
    ],
    packages: 'any',
  },
];
/** Packages that do I/O or hold a client: not for `core`. */
const IMPURE =
  /^(node:(?!crypto|buffer|util|url)|@temporalio\/|@aws-sdk\/|@lancedb\/|openai|fastify|pino|prom-client|zod)/;

const inside = (file, list) =>
  list.some((entry) => (entry.endsWith('/') ? file.startsWith(entry) : file === entry));

export default {
  meta: {type: 'problem', schema: [], messages: {room: '{{from}} may not import {{what}}: {{why}}'}},
  create(context) {
    const root = context.cwd;
    const from = path.relative(root, context.filename).split(path.sep).join('/');
    const rule = RULES.find((r) => from.startsWith(r.room));
    if (!rule) return {};
    function check(node, source) {
      if (source.startsWith('.')) {
        const to = path
          .relative(root, path.resolve(path.dirname(context.filename), source))
          .split(path.sep)
          .join('/');
        if (!inside(to, rule.may)) {
          context.report({
            node,
            messageId: 'room',
            data: {from, what: to, why: `${rule.room} may import ${rule.may.join(', ')}`},
          });
        }
        return;
      }
      const bad =
        rule.packages === 'any'
          ? false
          : rule.packages === 'pure'
            ? IMPURE.test(source)
            : !rule.packages.some((p) => source === p || source.startsWith(p + '/'));
      if (bad) {
        const why =
          rule.packages === 'pure' ? 'core does no I/O' : `its packages are ${rule.packages.join(', ')}`;
        context.report({node, messageId: 'room', data: {from, what: source, why}});
      }
    }
    const typeOnly = (node) =>
      node.importKind === 'type' ||
      node.exportKind === 'type' ||
      (node.specifiers?.length > 0 &&
        node.specifiers.every((s) => s.importKind === 'type' || s.exportKind === 'type'));
    return {
      ImportDeclaration: (node) => typeOnly(node) || check(node, node.source.value),
      ExportNamedDeclaration: (node) => !node.source || typeOnly(node) || check(node, node.source.value),
      ExportAllDeclaration: (node) => typeOnly(node) || check(node, node.source.value),
      ImportExpression: (node) => typeof node.source.value === 'string' && check(node, node.source.value),
    };
  },
};
