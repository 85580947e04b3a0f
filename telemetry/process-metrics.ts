import {monitorEventLoopDelay} from 'node:perf_hooks';
import {collectDefaultMetrics, Gauge, type Registry} from 'prom-client';

/** A hundred looks a second, prom-client's default, never let an idle process rest. */
const LOOK_MS = 500;
/** prom-client's own look at the event loop, which cannot be left out. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * What a process measures of itself: prom-client's default metrics, and under the names of its `nodejs_eventloop_lag_…` how
 * late the event loop came, in seconds since they were last read. prom-client's hold the time from look to look, so that
 * an idle process seems to lag by what lies between two.
 */
export function processMetrics(registry: Registry): void {
  collectDefaultMetrics({register: registry, eventLoopMonitoringPrecision: NEVER_MS});
  const delay = monitorEventLoopDelay({resolution: LOOK_MS});
  delay.enable();
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - LOOK_MS / 1000);
  const statistics = {
    min: () => late(delay.min),
    max: () => late(delay.max),
    mean: () => late(delay.mean),
    stddev: () => delay.stddev / 1e9,
    p50: () => late(delay.percentile(50)),
    p90: () => late(delay.percentile(90)),
    p99: () => late(delay.percentile(99)),
  };
  const collect = () => {
    if (delay.count === 0) return;
    for (const {gauge, read} of gauges) gauge.set(read());
    delay.reset();
  };
  const gauges = Object.entries(statistics).map(([statistic, read], i) => {
    const name = `nodejs_eventloop_lag_${statistic}_seconds`;
    registry.removeSingleMetric(name);
    const help = `How late the event loop came, looked at every ${LOOK_MS} ms: ${statistic}`;
    // Read by the first of them for all, so that each is of the same time.
    return {gauge: new Gauge({name, help, registers: [registry], ...(i === 0 ? {collect} : {})}), read};
  });
}
