import type {Estimate} from '../../../schemas/artifact.ts';
import {short} from '../../../schemas/names.ts';
import type {Metric} from '../catalog/metric.ts';
import type {ReportView} from './view.ts';
import {measuredMetrics, shownEstimate} from './wording.ts';

/** How the gated metrics went from the anchor to the candidate. */
export interface Way {
  readonly metrics: readonly Metric[];
  /** The anchor as measured now, the releases that were stable since as they were measured then, and the candidate. */
  readonly rows: readonly {
    readonly name: string;
    readonly at: string;
    readonly estimates: readonly (Estimate | undefined)[];
    readonly figures: readonly string[];
  }[];
}

/** Null without an anchor. */
export function wayOf(view: ReportView): Way | null {
  const {report, since = []} = view;
  if (report.anchor === undefined) return null;
  const gated = new Set(
    report.gates.filter(({spec}) => spec.against === 'anchor').map(({spec}) => spec.metric),
  );
  const metrics = measuredMetrics(view).filter(({name}) => gated.has(name));
  const row = (name: string, at: string, known: Readonly<Record<string, Estimate>>) => {
    const estimates = metrics.map((metric) => known[metric.name]);
    return {
      name,
      at,
      estimates,
      figures: estimates.map((estimate, i) =>
        estimate ? shownEstimate(estimate, metrics[i]!.unit, view.currency) : '–',
      ),
    };
  };
  return {
    metrics,
    rows: [
      row(`${short(report.anchor.release)}, the anchor`, 'now', report.anchor.metrics),
      ...since.map(({release, at, metrics: known}) => row(short(release), at.slice(0, 10), known)),
      row(`${short(report.release)}, the candidate`, 'now', report.metrics.candidate),
    ],
  };
}
