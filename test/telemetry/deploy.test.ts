import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, it} from 'vitest';
import {parse} from 'yaml';
import {metricsByPart, type DocumentedMetric} from '../../scripts/docs/metrics-reference.ts';
import {findOnPath} from '../../launcher/path-search.js';
import {readPromql} from './promql.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const ALERTS = path.join(ROOT, 'deploy', 'alerts', 'ratchet.yaml');
const GRAFANA = path.join(ROOT, 'deploy', 'grafana');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: {readonly severity: string};
  readonly annotations: {readonly summary: string; readonly runbook_url: string};
}
interface Board {
  readonly uid: string;
  readonly panels: readonly {readonly title: string; readonly targets: readonly {readonly expr: string}[]}[];
  readonly templating: {readonly list: readonly {readonly type: string; readonly query: string}[]};
}

const rules = (parse(readFileSync(ALERTS, 'utf8')) as {groups: {rules: Rule[]}[]}).groups.flatMap(
  (group) => group.rules,
);
const boards = readdirSync(GRAFANA).map((file) => ({
  file,
  board: JSON.parse(readFileSync(path.join(GRAFANA, file), 'utf8')) as Board,
}));
const expressions = [
  ...rules.map(({alert, expr}) => ({where: alert, expr})),
  ...boards.flatMap(({board}) =>
    board.panels.flatMap(({title, targets}) =>
      targets.map(({expr}) => ({where: `${board.uid}: ${title}`, expr})),
    ),
  ),
];

/** What Prometheus adds to whatever it reads, and what Temporal's metrics and every worker's have. */
const COMMON = ['job', 'instance', 'le', 'project', 'task_queue', 'worker_type', 'workflow_type'];
const known = new Map<string, DocumentedMetric>(
  Object.values(metricsByPart()).flatMap((metrics) =>
    metrics.map((metric) => [metric.name, metric] as const),
  ),
);
/** The metric that a name in an expression belongs to; `up` is Prometheus' own. */
function metricOf(name: string): DocumentedMetric | undefined {
  if (name === 'up') return {name, kind: 'gauge', labels: [], help: ''};
  const exact = known.get(name);
  if (exact) return exact.kind === 'histogram' ? undefined : exact;
  const histogram = known.get(name.replace(/_(bucket|sum|count)$/, ''));
  return histogram?.kind === 'histogram' ? histogram : undefined;
}

describe('rules and boards', () => {
  it('are there, in number', () => {
    expect(rules.length).toBeGreaterThan(15);
    expect(boards.map(({board}) => board.uid)).toEqual(['ratchet-engine', 'ratchet-runs', 'ratchet-serving']);
    expect(expressions.length).toBeGreaterThan(60);
  });

  it('speak PromQL of metrics and labels that exist', () => {
    const wrong = expressions.flatMap(({where, expr}) => {
      const {metrics, labels} = readPromql(expr);
      const found = metrics.map(metricOf);
      const may = new Set([...COMMON, ...found.flatMap((metric) => metric?.labels ?? [])]);
      return [
        ...(metrics.length === 0 ? [`${where}: no metric`] : []),
        ...metrics.filter((_, i) => found[i] === undefined).map((name) => `${where}: ${name}`),
        ...labels.filter((label) => !may.has(label)).map((label) => `${where}: label ${label}`),
      ];
    });
    expect(wrong).toEqual([]);
  });

  it('would not pass with a name or a label that does not exist, or with no PromQL', () => {
    expect(metricOf('ratchet_request_total')).toBeUndefined();
    expect(metricOf('ratchet_request_seconds')).toBeUndefined();
    expect(metricOf('ratchet_request_seconds_bucket')).toBeDefined();
    expect(readPromql('sum by (colour) (rate(ratchet_tokens_total{kind="x"}[5m]))')).toEqual({
      metrics: ['ratchet_tokens_total'],
      labels: ['colour', 'kind'],
    });
    expect(() => readPromql('sum(rate(a[5m])')).toThrow('no PromQL');
    expect(() => readPromql('rate(a[five])')).toThrow('no PromQL');
  });

  it('ask for variables of metrics that exist', () => {
    const queries = boards.flatMap(({board}) =>
      board.templating.list.filter(({type}) => type === 'query').map(({query}) => query),
    );
    expect(queries).toHaveLength(boards.length);
    for (const query of queries) {
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(query)!;
      expect([...COMMON, ...(metricOf(metric!)?.labels ?? [])]).toContain(label);
    }
  });

  it('use every metric of Temporal that docs/metrics.md promises', () => {
    const used = new Set(
      expressions.flatMap(({expr}) => readPromql(expr).metrics.map((name) => metricOf(name)!.name)),
    );
    expect(metricsByPart().temporal.filter(({name}) => !used.has(name))).toEqual([]);
  });
});

describe('the runbook', () => {
  const text = readFileSync(path.join(ROOT, 'docs', 'runbook.md'), 'utf8');
  const sections = text.split(/^## /m).slice(1);

  it('has one section for each alert, and none for others', () => {
    const titles = sections.map((section) => section.split('\n')[0]);
    expect(titles.sort()).toEqual(rules.map(({alert}) => alert).sort());
  });

  it.each(sections)('%.30s… says symptom, command, and what to expect', (section) => {
    const parts = [...section.matchAll(/^\*\*(\w+):\*\* \S/gm)].map((match) => match[1]);
    expect(parts).toEqual(['Symptom', 'Command', 'Expect']);
    expect(/^\*\*Command:\*\* .*`[^`]+`/m.test(section) || section.includes('the board')).toBe(true);
  });

  it('is where each alert says, which has a severity and a summary', () => {
    for (const {alert, annotations, labels} of rules) {
      expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\S/);
    }
  });
});

const promtool = process.env['RATCHET_PROMTOOL'] ?? findOnPath('promtool', process.env);
describe.skipIf(promtool === undefined)('promtool', () => {
  it.each([
    ['check', 'ratchet.yaml'],
    ['test', 'ratchet.test.yaml'],
  ])('%s rules %s', (what, file) => {
    const {status, stdout, stderr} = spawnSync(
      promtool!,
      [what, 'rules', path.join(path.dirname(ALERTS), file)],
      {encoding: 'utf8'},
    );
    expect(`${status}\n${stdout}${stderr}`).toMatch(/^0\n/);
  });
});
