import {AsyncLocalStorage} from 'node:async_hooks';
import {randomBytes} from 'node:crypto';
import {SharedCpu} from '../core/cost/shared-cpu.ts';
import {NOTHING, plus} from '../core/cost/spent.ts';
import type {SpendRow, Spent} from '../schemas/cost.ts';
import type {Costs} from '../stores/costs/costs.ts';
import type {Say} from '../telemetry/log.ts';

/** A worker that is killed leaves what it spent up to so long before. */
const EVERY_MS = 5_000;

/** Whose work it is. */
export type Account = Omit<SpendRow, 'spent'>;

/** What an activity may say that it spent, beside this process's CPU time. */
export type Spending = (more: Partial<Spent>) => void;

/** What this process spends, by stage, activity, workflow and run: its CPU time, shared out among what runs at once. */
export class Meter {
  readonly #cpu = new SharedCpu(() => {
    const {user, system} = process.cpuUsage();
    return (user + system) / 1e6;
  });
  readonly #source: string;
  readonly #current = new AsyncLocalStorage<Spending>();
  readonly #running = new Map<symbol, {account: Account; counted: number}>();
  #day = today();
  #from = new Date().toISOString();
  #rows = new Map<string, SpendRow>();
  #changed = false;

  /** `kind` of the worker, for the name of its documents. */
  constructor(kind: string) {
    this.#source = `worker-${kind}-${randomBytes(6).toString('hex')}`;
  }

  /** Runs one piece of work on its account. */
  async charged<T>(account: Account, body: (spend: Spending) => Promise<T>): Promise<T> {
    const work = this.#cpu.begin();
    this.#running.set(work, {account, counted: 0});
    const spend: Spending = (more) => this.#add(account, more);
    try {
      return await this.#current.run(spend, () => body(spend));
    } finally {
      this.#settle(work);
      this.#running.delete(work);
      this.#cpu.end(work);
    }
  }

  /** Bytes that the work under way has stored. */
  wrote(bytes: number): void {
    this.#current.getStore()?.({bytes});
  }

  /** Writes what was spent every few seconds, and at the end; what cannot be written yet is told. Gives how to end. */
  keep(costs: Costs, project: string, say: Say): () => Promise<void> {
    let writing: Promise<void> = Promise.resolve();
    const write = (): Promise<void> => {
      // Bookkeeping must not fail the work that it counts: what could not be written is in the next one.
      writing = writing
        .then(() => this.#write(costs, project))
        .catch((error: unknown) => {
          this.#changed = true;
          say(`what was spent could not be written yet: ${String(error)}`, {level: 'warn'});
        });
      return writing;
    };
    const timer = setInterval(() => void write(), EVERY_MS);
    timer.unref();
    return async () => {
      clearInterval(timer);
      await write();
    };
  }

  async #write(costs: Costs, project: string): Promise<void> {
    for (const work of this.#running.keys()) this.#settle(work);
    if (this.#changed) {
      this.#changed = false;
      const rows = [...this.#rows.values()];
      const [day, from, to] = [this.#day, this.#from, new Date().toISOString()];
      await costs.write({v: 1, project, source: this.#source, day, from, to, rows});
    }
    if (today() === this.#day) return;
    [this.#day, this.#from, this.#rows] = [today(), new Date().toISOString(), new Map<string, SpendRow>()];
  }

  #settle(work: symbol): void {
    const running = this.#running.get(work)!;
    const used = this.#cpu.used(work);
    if (used > running.counted) this.#add(running.account, {cpuSeconds: used - running.counted});
    running.counted = used;
  }

  #add(account: Account, more: Partial<Spent>): void {
    const name = JSON.stringify([account.stage, account.what, account.workflow, account.run]);
    this.#rows.set(name, {...account, spent: plus(this.#rows.get(name)?.spent ?? NOTHING, more)});
    this.#changed = true;
  }
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
