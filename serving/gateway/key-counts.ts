import {randomBytes} from 'node:crypto';
import type {GatewayKey, UsageCounts} from '../../schemas/gateway-key.ts';
import {dayOf, type KeyUsage} from '../../stores/access/key-usage.ts';

type Spent = {tokens: number; cost: number};
type Counts = {-readonly [name in keyof UsageCounts]: UsageCounts[name]};

export interface KeyCountsOptions {
  readonly project: string;
  readonly usage: KeyUsage;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/**
 * What this gateway let each key do today (UTC), and what the others did as far as their last writing says: so a daily
 * budget holds over several gateways but for what they let in since, and for requests under way. Written in batches, as a
 * document of this process's own; a killed one loses what it had not written.
 */
export class KeyCounts {
  readonly #options: KeyCountsOptions;
  readonly #now: () => number;
  /** This process, in the store. */
  readonly gateway = randomBytes(6).toString('hex');
  #day: string;
  /** When the day is over, in ms since the epoch. */
  #dayEnds: number;
  /** By key id. */
  #own = new Map<string, Counts>();
  /** By family: own and others' together. */
  #spent = new Map<string, Spent>();
  #others = new Map<string, Spent>();
  /** Days that are over and not in the store yet. */
  #over: {day: string; counts: Map<string, Counts>}[] = [];
  #changed = false;

  constructor(options: KeyCountsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#day = dayOf(this.#now());
    this.#dayEnds = endOfDay(this.#day);
  }

  letIn(key: GatewayKey): void {
    const counts = this.#of(key);
    counts.requests++;
    counts.last = new Date(this.#now()).toISOString();
  }
  turnedAway(key: GatewayKey): void {
    this.#of(key).refused++;
  }
  /** `cost` in the project's currency. */
  answered(
    key: GatewayKey,
    used: {readonly promptTokens: number; readonly completionTokens: number; readonly cost: number},
  ): void {
    const counts = this.#of(key);
    counts.promptTokens += used.promptTokens;
    counts.completionTokens += used.completionTokens;
    counts.cost += used.cost;
    add(this.#spent, key.family, used.promptTokens + used.completionTokens, used.cost);
  }

  /** In how many ms the key's family has a budget again; 0: it has one. */
  waitForBudget({budget, family}: GatewayKey): number {
    if (budget === null) return 0;
    this.#turn();
    const own = this.#spent.get(family);
    const others = this.#others.get(family);
    const tokens = (own?.tokens ?? 0) + (others?.tokens ?? 0);
    const cost = (own?.cost ?? 0) + (others?.cost ?? 0);
    const over =
      (budget.tokens !== null && tokens >= budget.tokens) || (budget.cost !== null && cost >= budget.cost);
    return over ? this.#dayEnds - this.#now() : 0;
  }

  /** Of this gateway and today, by key id. */
  get today(): ReadonlyMap<string, UsageCounts> {
    this.#turn();
    return this.#own;
  }

  /** Brings what changed to the store. Throws the store's error; then it is tried with the next call. */
  async write(): Promise<void> {
    this.#turn();
    for (let [first] = this.#over; first !== undefined; [first] = this.#over) {
      await this.#put(first.day, first.counts);
      this.#over.shift();
    }
    if (!this.#changed) return;
    this.#changed = false;
    try {
      await this.#put(this.#day, this.#own);
    } catch (error) {
      this.#changed = true;
      throw error;
    }
  }

  /** Reads what the others let in today. Throws the store's error; then their last figures stand. */
  async readOthers(): Promise<void> {
    this.#turn();
    const {usage, project} = this.#options;
    const day = this.#day;
    const others = new Map<string, Spent>();
    for (const {family, promptTokens, completionTokens, cost} of (
      await usage.day(project, day, {without: this.gateway})
    ).values())
      add(others, family, promptTokens + completionTokens, cost);
    if (day === this.#day) this.#others = others;
  }

  #of(key: GatewayKey): Counts {
    this.#turn();
    this.#changed = true;
    let counts = this.#own.get(key.id);
    if (counts === undefined) {
      counts = {
        family: key.family,
        requests: 0,
        refused: 0,
        promptTokens: 0,
        completionTokens: 0,
        cost: 0,
        last: null,
      };
      this.#own.set(key.id, counts);
    }
    return counts;
  }

  /** A new day begins with nothing. */
  #turn(): void {
    const now = this.#now();
    if (now < this.#dayEnds) return;
    if (this.#changed) this.#over.push({day: this.#day, counts: this.#own});
    this.#day = dayOf(now);
    this.#dayEnds = endOfDay(this.#day);
    this.#own = new Map();
    this.#spent = new Map();
    this.#others = new Map();
    this.#changed = false;
  }

  async #put(day: string, counts: ReadonlyMap<string, Counts>): Promise<void> {
    const {usage, project} = this.#options;
    const at = new Date(this.#now()).toISOString();
    await usage.write({v: 1, project, day, gateway: this.gateway, at, keys: Object.fromEntries(counts)});
  }
}

function add(sums: Map<string, Spent>, family: string, tokens: number, cost: number): void {
  const sum = sums.get(family);
  if (sum === undefined) sums.set(family, {tokens, cost});
  else {
    sum.tokens += tokens;
    sum.cost += cost;
  }
}

function endOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + 86_400_000;
}
