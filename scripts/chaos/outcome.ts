import type {Client} from '@temporalio/client';
import {adapterOf} from '../../core/releases/models.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {Report} from '../../schemas/report.ts';
import {openStores} from '../../stores/stores.ts';
import type {Project} from '../../stack/project-file.ts';
import type {Recorded} from './repetitions.ts';

/** What two runs of the same project have in common, however often their processes were killed. */
export interface Outcome {
  readonly status: string;
  readonly dataset: string;
  readonly adapter: string;
  readonly release: string;
  readonly verdict: string;
  /** Digests of candidate's, stable's and base's samples. */
  readonly samples: readonly string[];
}

export async function outcomeOf(project: Project, result: LifecycleResult): Promise<Outcome> {
  const stores = await openStores(project.store);
  const release = await stores.registry.release(project.config.project, result.release);
  const {samples} = await stores.artifacts.getJson(result.gauntlet.report, Report);
  return {
    status: result.status,
    dataset: result.data.dataset,
    adapter: adapterOf(release)?.digest ?? 'none',
    release: result.release,
    verdict: result.gauntlet.verdict,
    samples: Object.values(samples).map((ref) => ref.sha256),
  };
}

/** One line for each thing in which an outcome is not as expected. */
export function differences(expected: Outcome, got: Outcome): string[] {
  return (Object.keys(expected) as (keyof Outcome)[]).flatMap((what) => {
    const [a, b] = [expected[what], got[what]].map(String) as [string, string];
    return a === b ? [] : [`${what} is ${b.slice(0, 40)}, expected ${a.slice(0, 40)}`];
  });
}

/**
 * The histories of what was started since `began` (ms since the epoch), but the monitor's: that is no step, and goes on.
 */
export async function historiesOf(client: Client, began: number): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for await (const {workflowId, runId, type, startTime} of client.workflow.list()) {
    if (type === 'monitor' || startTime.getTime() < began) continue;
    const {events} = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    all.push({workflow: workflowId, events: events ?? []});
  }
  return all;
}
