import {costOf} from '../../core/cost/bill.ts';
import {exceeded, type Exceeded} from '../../core/cost/budget.ts';
import {NOTHING, plus, total} from '../../core/cost/spent.ts';
import {toStop, trainerSpend} from '../../core/cost/trainer-spend.ts';
import type {SpendDocument, Spent} from '../../schemas/cost.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {TrainerEvent} from '../../schemas/training.ts';

/** What was spent by everybody, as far as a ledger reads and writes it. */
export interface Book {
  write(document: SpendDocument): Promise<void>;
  document(of: Pick<SpendDocument, 'project' | 'day' | 'source'>): Promise<SpendDocument | null>;
  soFar(
    project: string,
    of: {readonly run: string | null; readonly workflows: readonly string[]},
    but?: (source: string) => boolean,
  ): Promise<SoFar>;
}
/** Of a run, and of the project today. */
export interface SoFar {
  readonly run: Spent;
  readonly day: Spent;
}

/** How often what was spent is written, and what others spent is read. */
const EVERY_MS = 5_000;

export interface TrainingLedgerOptions {
  readonly project: string;
  readonly run: string | null;
  /** The stage's workflow, that of the sweep for a trial: all that is charged to it counts against its budget. */
  readonly workflow: string;
  /** Names the trainer's job. */
  readonly job: string;
  /** sha256 of the base model. */
  readonly base: string;
  /** The processor's name. */
  readonly cpu: string;
  readonly config: Pick<ProjectConfig, 'prices' | 'energy' | 'budget'>;
  /** Of one process. */
  readonly rowsPerStep: number;
}

/**
 * What the trainer's processes of one job spend. Whoever follows the trainer tells it every event, from the first one on:
 * the same events give the same documents, so a worker that takes over counts nothing twice.
 */
export class TrainingLedger {
  readonly #costs: Book;
  readonly #options: TrainingLedgerOptions;
  readonly #events: TrainerEvent[] = [];
  /** Source and day → the run that is charged. */
  readonly #runs = new Map<string, string | null>();
  #written = 0;
  #writtenAt = -Infinity;
  /** What others spent, when that was read, and how many documents of its own were left out. */
  #others: {readonly spent: SoFar; readonly at: number; readonly but: number} | null = null;

  constructor(costs: Book, options: TrainingLedgerOptions) {
    this.#costs = costs;
    this.#options = options;
  }

  /** Keeps what the news say, some seconds later at most, or `now`. */
  async heard(events: readonly TrainerEvent[], now = false): Promise<void> {
    for (const event of events) this.#events.push(event);
    if (this.#events.length === this.#written) return;
    if (!now && Date.now() - this.#writtenAt < EVERY_MS) return;
    this.#written = this.#events.length;
    this.#writtenAt = Date.now();
    for (const document of this.#documents()) await this.#costs.write(await this.#onItsAccount(document));
  }

  /** A process that was started for another run stays on that run's account, whoever reads its events later. */
  async #onItsAccount(document: SpendDocument): Promise<SpendDocument> {
    const name = `${document.source} ${document.day}`;
    if (!this.#runs.has(name)) {
      const kept = await this.#costs.document(document);
      this.#runs.set(name, kept?.rows[0] ? kept.rows[0].run : this.#options.run);
    }
    const run = this.#runs.get(name)!;
    return {...document, rows: document.rows.map((row) => ({...row, run}))};
  }

  /** The limit that is reached, or would be before the trainer had stopped; null if there is none. */
  async exceeded(): Promise<Exceeded | null> {
    const {budget} = this.#options.config;
    if (Object.values(budget).every((limit) => limit === undefined)) return null;
    const own = this.#documents();
    const others = await this.#otherSpending(new Set(own.map(({source}) => source)));
    const today = new Date().toISOString().slice(0, 10);
    const spentIn = (documents: readonly SpendDocument[]) =>
      total(documents.flatMap(({rows}) => rows.map(({spent}) => spent)));
    const stop = {...NOTHING, ...toStop(this.#events)};
    return exceeded(
      budget,
      this.#options.config,
      {
        run: plus(others.run, spentIn(own)),
        day: plus(others.day, spentIn(own.filter(({day}) => day === today))),
      },
      {cost: costOf(stop, this.#options.config), gpuHours: stop.gpuSeconds / 3600},
    );
  }

  async #otherSpending(own: ReadonlySet<string>): Promise<SoFar> {
    const known = this.#others;
    if (known?.but === own.size && Date.now() - known.at < EVERY_MS) return known.spent;
    const {project, run, workflow} = this.#options;
    const asked = {run, workflows: [workflow]};
    const spent = await this.#costs.soFar(project, asked, (source) => own.has(source));
    this.#others = {spent, at: Date.now(), but: own.size};
    return spent;
  }

  #documents(): SpendDocument[] {
    const {project, run, workflow, job, base, cpu, rowsPerStep} = this.#options;
    return trainerSpend(this.#events, rowsPerStep).map(({start, day, from, to, spent, load, device}) => ({
      v: 1,
      project,
      source: `trainer-${job}-${start}`,
      day,
      from,
      to,
      ...(device === null ? {} : {training: {base, device, cpu, load}}),
      rows: [
        {stage: workflow.startsWith('sweep/') ? 'sweep' : 'train', what: 'trainer', workflow, run, spent},
      ],
    }));
  }
}
