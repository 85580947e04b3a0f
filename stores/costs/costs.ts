import {exceeded, type Exceeded} from '../../core/cost/budget.ts';
import {NOTHING, plus, total} from '../../core/cost/spent.ts';
import {CostEstimate, SpendDocument, type Spent} from '../../schemas/cost.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import {readDocument, writeDocument} from '../objects/documents.ts';
import {keySegment} from '../objects/object-key.ts';
import type {ObjectStore} from '../objects/object-store.ts';
import {TrainingLedger, type Book, type SoFar, type TrainingLedgerOptions} from './training-ledger.ts';

const DAY_MS = 86_400_000;
/** So long after its end a day's documents may still be written to. */
const SETTLED_MS = DAY_MS;

/** What was spent: a document a process and day, `costs/PROJECT/2026/11/26/SOURCE.json`; and what was expected. */
export class Costs implements Book {
  readonly #store: ObjectStore;
  /** Documents of days long past, which nobody writes to. */
  readonly #settled = new Map<string, SpendDocument>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Replaces what this source has said of this day. A source has one writer at a time. */
  async write(document: SpendDocument): Promise<void> {
    await writeDocument(this.#store, documentKey(document), SpendDocument, document);
  }

  /** What a source has said of a day; null if nothing. */
  async document(of: Pick<SpendDocument, 'project' | 'day' | 'source'>): Promise<SpendDocument | null> {
    return (await readDocument(this.#store, documentKey(of), SpendDocument))?.value ?? null;
  }

  /** By day, then source; of the days that from ≤ time < to (milliseconds) touches, all without them. */
  async *documents(
    project: string,
    {from = 0, to = Infinity}: {readonly from?: number; readonly to?: number} = {},
  ): AsyncGenerator<SpendDocument, void, undefined> {
    const folder = projectFolder(project);
    for await (const key of this.#store.list(folder, {after: `${folder}${dayPath(from)}`})) {
      const day = /\/(\d{4})\/(\d\d)\/(\d\d)\/[^/]+\.json$/.exec(key);
      if (day === null) continue;
      const begins = Date.UTC(Number(day[1]), Number(day[2]) - 1, Number(day[3]));
      if (begins >= to) return;
      const known = this.#settled.get(key);
      const document = known ?? (await readDocument(this.#store, key, SpendDocument))?.value;
      if (document === undefined) continue;
      if (begins + DAY_MS + SETTLED_MS < Date.now()) this.#settled.set(key, document);
      yield document;
    }
  }

  /**
   * Of a run, with all that was spent before, by whomever, on the workflows that it goes on with; and of the project today.
   * `but` leaves out documents that the caller knows better.
   */
  async soFar(
    project: string,
    {run, workflows}: {readonly run: string | null; readonly workflows: readonly string[]},
    but: (source: string) => boolean = () => false,
  ): Promise<SoFar> {
    const today = new Date().toISOString().slice(0, 10);
    const [ofRun, ofDay]: [Spent[], Spent[]] = [[], []];
    for await (const {source, day, rows} of this.documents(project)) {
      if (but(source)) continue;
      for (const row of rows) {
        if (day === today) ofDay.push(row.spent);
        if ((run !== null && row.run === run) || workflows.includes(row.workflow)) ofRun.push(row.spent);
      }
    }
    return {run: total(ofRun), day: total(ofDay)};
  }

  /** The limit of the budget that is reached; null if none is. Reads nothing where there is no budget. */
  async exceeded({
    project,
    run,
    workflows,
    config,
  }: {
    readonly project: string;
    readonly run: string | null;
    readonly workflows: readonly string[];
    readonly config: Pick<ProjectConfig, 'prices' | 'budget'>;
  }): Promise<Exceeded | null> {
    if (Object.values(config.budget).every((limit) => limit === undefined)) return null;
    const soFar = await this.soFar(project, {run, workflows});
    return exceeded(config.budget, config, soFar, {cost: 0, gpuHours: 0});
  }

  /** The first estimate of a workflow stays: what it took is compared with what was expected before it began. */
  async keepEstimate(estimate: CostEstimate): Promise<void> {
    const key = estimateKey(estimate.project, estimate.workflow);
    await writeDocument(this.#store, key, CostEstimate, estimate, {ifNoneMatch: '*'});
  }

  async estimate(project: string, workflow: string): Promise<CostEstimate | null> {
    const found = await readDocument(this.#store, estimateKey(project, workflow), CostEstimate);
    return found?.value ?? null;
  }

  /** What each of these workflows took so far, with what was expected of it; in their order. */
  async compared(
    project: string,
    workflows: readonly string[],
  ): Promise<{readonly workflow: string; readonly estimate: CostEstimate | null; readonly actual: Spent}[]> {
    const spent = new Map<string, Spent>(workflows.map((workflow) => [workflow, NOTHING]));
    for await (const {rows} of this.documents(project))
      for (const row of rows) {
        const known = spent.get(row.workflow);
        if (known) spent.set(row.workflow, plus(known, row.spent));
      }
    return Promise.all(
      workflows.map(async (workflow) => ({
        workflow,
        estimate: await this.estimate(project, workflow),
        actual: spent.get(workflow)!,
      })),
    );
  }

  /** Keeps what a training's processes spend, and holds it against the budget. */
  training(options: TrainingLedgerOptions): TrainingLedger {
    return new TrainingLedger(this, options);
  }
}

function projectFolder(project: string): string {
  return `costs/${keySegment(project)}/`;
}

/** `2026/11/26` */
function dayPath(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll('-', '/');
}

function documentKey({project, day, source}: Pick<SpendDocument, 'project' | 'day' | 'source'>): string {
  return `${projectFolder(project)}${day.replaceAll('-', '/')}/${keySegment(source)}.json`;
}

/** `train/mail/0a1b2c3d4e5f` → `estimates/mail/train-0a1b2c3d4e5f.json` */
function estimateKey(project: string, workflow: string): string {
  const name = workflow.replace(`/${project}/`, '-').replaceAll('/', '-');
  return `estimates/${keySegment(project)}/${keySegment(name)}.json`;
}
