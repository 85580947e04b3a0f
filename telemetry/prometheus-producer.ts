import {ValueType, type HrTime} from '@opentelemetry/api';
import type {Resource} from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type CollectionResult,
  type DataPoint,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type {MetricObjectWithValues, MetricValue, Registry} from 'prom-client';

/**
 * A Prometheus registry as a source of OpenTelemetry metrics, so that each figure is counted once and has one name. Names
 * stay as they are at /metrics; counters and histograms are cumulative since the process began.
 * https://opentelemetry.io/docs/specs/otel/metrics/sdk/#metricproducer
 */
export class PrometheusProducer implements MetricProducer {
  readonly #registry: Registry;
  readonly #resource: Resource;
  readonly #began: HrTime = now();

  constructor(registry: Registry, resource: Resource) {
    this.#registry = registry;
    this.#resource = resource;
  }

  async collect(): Promise<CollectionResult> {
    const at = now();
    const found = await this.#registry.getMetricsAsJSON();
    // A metric that counts by labels has no points before the first of them.
    const metrics = found
      .flatMap((metric) => this.#data(metric, at))
      .filter(({dataPoints}) => dataPoints.length > 0);
    return {
      resourceMetrics: {
        resource: this.#resource,
        scopeMetrics: [{scope: {name: 'ratchet', version: ''}, metrics}],
      },
      errors: [],
    };
  }

  #data(metric: MetricObjectWithValues<MetricValue<string>>, endTime: HrTime): MetricData[] {
    const base = {
      descriptor: {
        name: metric.name,
        description: metric.help,
        unit: unitOf(metric.name),
        valueType: ValueType.DOUBLE,
      },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    };
    const point = <T>(labels: object, value: T): DataPoint<T> => ({
      startTime: this.#began,
      endTime,
      attributes: {...labels},
      value,
    });
    // prom-client gives the kinds as words here, though its types say numbers.
    switch (metric.type as unknown as string) {
      case 'counter':
        return [
          {
            ...base,
            dataPointType: DataPointType.SUM,
            isMonotonic: true,
            dataPoints: metric.values.map(({labels, value}) => point(labels, value)),
          },
        ];
      case 'gauge':
        return [
          {
            ...base,
            dataPointType: DataPointType.GAUGE,
            dataPoints: metric.values.map(({labels, value}) => point(labels, value)),
          },
        ];
      case 'histogram':
        return [
          {
            ...base,
            dataPointType: DataPointType.HISTOGRAM,
            dataPoints: histograms(metric).map(({labels, value}) => point(labels, value)),
          },
        ];
      default:
        // A summary has no counterpart in OpenTelemetry's data points; none is ours.
        return [];
    }
  }
}

interface HistogramValue {
  readonly buckets: {boundaries: number[]; counts: number[]};
  sum: number;
  count: number;
}

/** prom-client's rows of one histogram, by their labels; its buckets are cumulative, OpenTelemetry's are not. */
function histograms(metric: MetricObjectWithValues<MetricValue<string>>) {
  const found = new Map<string, {labels: object; value: HistogramValue; before: number}>();
  for (const {labels, value, metricName} of metric.values as readonly (MetricValue<string> & {
    metricName?: string;
  })[]) {
    const {le, ...rest} = labels as Record<string, string | number>;
    const key = JSON.stringify(Object.entries(rest).sort());
    let one = found.get(key);
    if (one === undefined) {
      one = {labels: rest, value: {buckets: {boundaries: [], counts: []}, sum: 0, count: 0}, before: 0};
      found.set(key, one);
    }
    if (metricName?.endsWith('_sum')) one.value.sum = value;
    else if (metricName?.endsWith('_count')) one.value.count = value;
    else {
      if (le !== '+Inf') one.value.buckets.boundaries.push(Number(le));
      one.value.buckets.counts.push(value - one.before);
      one.before = value;
    }
  }
  return [...found.values()];
}

/** By the ending that Prometheus' naming asks for. */
function unitOf(name: string): string {
  const stem = name.replace(/_total$/, '');
  return stem.endsWith('_seconds') ? 's' : stem.endsWith('_bytes') ? 'By' : '';
}

function now(): HrTime {
  const ms = Date.now();
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
}
