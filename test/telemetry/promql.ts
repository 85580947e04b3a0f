import {parser} from '@prometheus-io/lezer-promql';

export interface Expression {
  /** As written, with their `_bucket`, `_sum`, `_count`. */
  readonly metrics: readonly string[];
  /** Names of labels in matchers and groupings. */
  readonly labels: readonly string[];
}

/** What a PromQL expression speaks of. Throws with the place where it is no PromQL. Grafana's intervals count as 5 minutes. */
export function readPromql(written: string): Expression {
  const text = written.replaceAll('$__rate_interval', '5m');
  const metrics = new Set<string>();
  const labels = new Set<string>();
  parser.parse(text).iterate({
    enter: ({name, type, from, to, node}) => {
      if (type.isError)
        throw new Error(`no PromQL at character ${from}, "${text.slice(from, from + 20)}": ${text}`);
      const word = text.slice(from, to);
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.add(word);
      if (name === 'LabelName') labels.add(word);
    },
  });
  return {metrics: [...metrics], labels: [...labels]};
}
