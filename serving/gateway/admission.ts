import {isLoopback} from '../../core/access/loopback.ts';
import {dayOf} from '../../stores/access/key-usage.ts';
import type {Stores} from '../../stores/stores.ts';
import type {Say} from '../../telemetry/log.ts';
import {Access} from './access.ts';
import {KeyCounts} from './key-counts.ts';
import {KeyWatch} from './key-watch.ts';
import type {Metrics} from './metrics.ts';
import type {GatewaySettings} from './settings.ts';
import type {Slots} from './slots.ts';

/** How often what keys were used for is written, and what the other gateways wrote is read. */
const COUNTS_MS = 5000;
const COUNTS_KEPT_MS = 90 * 86_400_000;
const SWEEP_MS = 600_000;

interface AdmissionParts {
  readonly settings: GatewaySettings;
  readonly stores: Stores;
  readonly slots: Slots;
  readonly metrics: Metrics;
  readonly say: Say;
}

/** Who is let in: the project's keys, followed, and what each was used for, shared with the other gateways. */
export class Admission {
  readonly keys: KeyWatch;
  readonly counts: KeyCounts;
  readonly #parts: AdmissionParts;
  #timers: NodeJS.Timeout[] = [];

  constructor(parts: AdmissionParts) {
    const {settings, stores, say} = parts;
    const {project, pollMs: intervalMs} = settings;
    this.#parts = parts;
    this.keys = new KeyWatch({project, stores, intervalMs, say});
    this.counts = new KeyCounts({project, usage: stores.keyUsage});
  }

  /** For a listener on `host`: beyond loopback nobody gets in without a key. */
  at(host: string): Access {
    const {settings, slots} = this.#parts;
    return new Access({
      project: settings.project,
      ring: () => this.keys.ring,
      always: !isLoopback(host),
      counts: this.counts,
      mostRequests: () => slots.most + settings.waiting,
      mostRequestsOfAKey: settings.concurrentPerKey,
    });
  }

  /** Reads keys and counts once: what a former process of today let in counts, too. Never throws. */
  async read(): Promise<void> {
    await this.keys.read();
    await this.#share();
  }

  start(): void {
    const {settings, say} = this.#parts;
    const {project, host} = settings;
    if (!isLoopback(host) && this.keys.ring?.any === false)
      say(
        `listens on ${host}, beyond loopback, and ${project} has no key: every request is answered 401 until there ` +
          `is one (ratchet api-keys create NAME --project ${project})`,
      );
    this.keys.start();
    void this.#sweep();
    this.#timers = [
      setInterval(() => void this.#share(), COUNTS_MS),
      setInterval(() => void this.#sweep(), SWEEP_MS),
    ];
  }

  /** Follows the keys no further; those that were read last hold. */
  stop(): void {
    this.keys.stop();
    this.#timers.forEach((timer) => clearInterval(timer));
  }

  /** Writes the last counts. */
  close(): Promise<void> {
    return this.#share();
  }

  async #share(): Promise<void> {
    const {metrics, say} = this.#parts;
    try {
      await this.counts.write();
      if (this.keys.ring?.budgets) await this.counts.readOthers();
    } catch (error) {
      metrics.keyCountFailures.inc();
      say(`what keys were used for could not be written or read: ${(error as Error).message}`);
    }
  }

  async #sweep(): Promise<void> {
    const {stores, settings, say} = this.#parts;
    await stores.keyUsage
      .sweep(settings.project, dayOf(Date.now() - COUNTS_KEPT_MS))
      .catch((error: Error) => say(`old counts of keys could not be deleted: ${error.message}`));
  }
}
