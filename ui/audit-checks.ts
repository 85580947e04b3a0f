import {verifyAudit, type ProjectVerification} from '../stores/audit/verify-audit.ts';
import type {Visit} from './projects.ts';

/** The last check of a chain that has ended. */
export interface AuditCheck {
  readonly verified: ProjectVerification;
  /** ISO time when it began. */
  readonly at: string;
}

/** What is known of a chain. */
export interface AuditCheckState {
  readonly last: AuditCheck | null;
  /** Another check is under way. */
  readonly underWay: boolean;
  /** Why the last attempt could not read the chain. */
  readonly failed: string | null;
}

/** A chain that has not grown is checked anew after so long: old entries may have been changed. */
const AGAIN_MS = 60_000;
/** A page waits so long for a check that has begun. */
const PATIENCE_MS = 2_000;

/**
 * Checks of whole audit chains, one at a time. A check reads every entry, so it runs beside the pages, and they show the result
 * of the last one.
 */
export class AuditChecks {
  readonly #last = new Map<string, AuditCheck & {readonly head: string}>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #failed = new Map<string, string>();
  /** One chain at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  /** Starts a check where the last one is old, and waits a little for it. */
  async of({project, name}: Visit): Promise<AuditCheckState> {
    // A chain whose end cannot be read is no reason not to say what is wrong with it.
    const end = await project.stores
      .audit(name)
      .last()
      .catch(() => null);
    const head = end?.hash ?? '';
    const known = this.#last.get(name);
    const old = known === undefined || known.head !== head || Date.now() - Date.parse(known.at) > AGAIN_MS;
    if (old && !this.#running.has(name)) this.#start({project, name}, head);
    const running = this.#running.get(name);
    if (running !== undefined)
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref())]);
    return {
      last: this.#last.get(name) ?? null,
      underWay: this.#running.has(name),
      failed: this.#failed.get(name) ?? null,
    };
  }

  #start({project, name}: Pick<Visit, 'project' | 'name'>, head: string): void {
    const at = new Date().toISOString();
    const check = this.#turn.then(async () => {
      try {
        this.#last.set(name, {verified: await verifyAudit(project.stores, name), at, head});
        this.#failed.delete(name);
      } catch (error) {
        this.#failed.set(name, error instanceof Error ? error.message : String(error));
      } finally {
        this.#running.delete(name);
      }
    });
    this.#turn = check;
    this.#running.set(name, check);
  }
}
