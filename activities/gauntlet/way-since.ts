import type {WayView} from '../../core/evaluation/report/view.ts';
import {Report} from '../../schemas/report.ts';
import type {Stores} from '../../stores/stores.ts';

/** So many releases are shown at most, the newest ones. */
const MOST = 30;

/**
 * Releases that were stable after the anchor, oldest first, as their last report measured them. A release without a report
 * that can still be read is left out.
 */
export async function waySince(
  {pointers, registry, artifacts}: Pick<Stores, 'pointers' | 'registry' | 'artifacts'>,
  {project, release: candidate, stable}: Pick<Report, 'project' | 'release' | 'stable'>,
  anchor: string | null,
): Promise<WayView[]> {
  if (anchor === null) return [];
  const former = (await pointers.read(project))?.former ?? [];
  const between = [...new Set([...former.slice(former.indexOf(anchor) + 1), stable])].filter(
    (digest) => digest !== anchor && digest !== candidate,
  );
  const way: WayView[] = [];
  for (const release of between.slice(-MOST)) {
    const entry = (await registry.reports(project, release)).at(-1);
    if (entry === undefined || !(await artifacts.exists(entry.result.report))) continue;
    const {metrics} = await artifacts.getJson(entry.result.report, Report);
    way.push({release, at: entry.at, metrics: metrics.candidate});
  }
  return way;
}
