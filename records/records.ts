import type {ReleaseDiff} from '../core/releases/release-diff.ts';
import {ErrorType, RatchetError} from '../schemas/errors.ts';
import type {ProjectConfig} from '../schemas/project.ts';
import type {RunRecord} from '../schemas/run.ts';
import {projectIn} from '../stack/project-file.ts';
import {openStore} from '../stores/objects/open-store.ts';
import {ReadOnlyStore} from '../stores/objects/read-only-store.ts';
import {storesOver, type Stores} from '../stores/stores.ts';
import {costsOf, type Costs} from './costs.ts';
import {bareId, digestLineage, traceLineage, type Lineage} from './lineage.ts';
import {diffReleases} from './release-diff.ts';
import {listReleases, type ListedRelease} from './releases.ts';

/**
 * What a project's store holds of its runs, releases and costs. It only reads, works while the stack is down, and asks neither
 * Temporal nor a gateway.
 *
 * @example
 * const records = await Records.open('tickets'); // the folder of ratchet.yaml
 * const [latest] = await records.runs();
 * const {total} = await records.costs({by: 'stage', run: latest.id});
 * const {releases} = await records.lineage('chatcmpl-3decd4f6a1b2c3d4e5f60718293a4b5c');
 */
export class Records {
  readonly config: ProjectConfig;
  readonly #stores: Stores;

  private constructor(config: ProjectConfig, stores: Stores) {
    this.config = config;
    this.#stores = stores;
  }

  /**
   * Of the project whose ratchet.yaml is in `folder`; its store is `RATCHET_STORE`, else `folder/.ratchet/store`. Throws
   * InvalidInput for a file that cannot be used, with a line for each problem.
   */
  static async open(folder: string): Promise<Records> {
    const {config, store} = projectIn(folder);
    return new Records(config, storesOver(new ReadOnlyStore(await openStore(store))));
  }

  /** The newest runs, at most `most` (1,000), newest first. Throws InvalidInput for a record that cannot be read. */
  async runs({most = 1000}: {readonly most?: number} = {}): Promise<RunRecord[]> {
    const runs: RunRecord[] = [];
    for await (const {run, amiss} of this.#stores.registry.recentRuns(this.config.project, most)) {
      if (run === null) throw new RatchetError(ErrorType.InvalidInput, amiss);
      runs.push(run);
    }
    return runs;
  }

  /** The release that was judged last first. Throws DigestMismatch for a report that was changed. */
  async releases(): Promise<ListedRelease[]> {
    return listReleases(this.#stores, this.config.project);
  }

  /**
   * Two releases part by part: what differs, the prompts' lines, the rows behind them, gates and figures. Each is named by its digest
   * or the beginning of it (8 hex digits or more). Throws InvalidInput where there is no such release, or several; DigestMismatch
   * for a report that was changed.
   */
  async diff(before: string, after: string): Promise<ReleaseDiff> {
    const {registry} = this.#stores;
    const {project} = this.config;
    const both = [await registry.release(project, before), await registry.release(project, after)] as const;
    return diffReleases(this.#stores, ...both);
  }

  /**
   * From an answer (its trace, with or without `chatcmpl-`), or from the beginning of a digest (8 to 64 hex digits), back to
   * rows, adapter, prompts, reports and approvers. Throws InvalidInput where there is no such thing, or several.
   */
  async lineage(id: string): Promise<Lineage> {
    const {project} = this.config;
    const bare = bareId(id);
    if (bare.length === 32) {
      const trace = await this.#stores.traces.find(project, bare);
      if (trace) return traceLineage(this.#stores, trace);
    }
    const found = bare === id ? await digestLineage(this.#stores, project, bare) : undefined;
    if (found) return found;
    throw new RatchetError(
      ErrorType.InvalidInput,
      `nothing of ${project} is called ${id}: no trace, release, dataset, adapter, report or prompt version`,
    );
  }

  /**
   * What was spent on a run; without one, in the last `days` (30), answers to users included. `by` groups it, by stage where
   * nothing is said. Money is in the currency of ratchet.yaml, energy an estimate.
   */
  async costs({
    by = 'stage',
    run = null,
    days = 30,
  }: {
    readonly by?: Costs['by'];
    readonly run?: string | null;
    readonly days?: number;
  } = {}): Promise<Costs> {
    return costsOf(this.#stores, this.config, {by, run, days});
  }
}
