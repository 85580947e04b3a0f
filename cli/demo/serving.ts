import {bringUpDetached} from '../../stack/bring-up.ts';
import type {Project} from '../../stack/project-file.ts';

/** Engines and gateway of a stack that began without them: a run whose stages are all found by their keys asks none. */
export class Serving {
  /** Rejects if one of them cannot start; else it never settles. */
  readonly broken: Promise<never>;
  readonly #project: Project;
  readonly #break: (reason: unknown) => void;
  #begun: Promise<unknown> | undefined;

  constructor(project: Project) {
    const {promise, reject} = Promise.withResolvers<never>();
    this.#project = project;
    this.#break = reject;
    this.broken = promise;
    // If the demo has ended before it asks, the stack's end is no news.
    promise.catch(() => undefined);
  }

  /** Starts them if they wait. Resolves when they answer. */
  begin(): Promise<unknown> {
    if (this.#begun === undefined) {
      this.#begun = bringUpDetached(this.#project, {say: () => undefined, withinMs: 300_000});
      this.#begun.catch(this.#break);
    }
    return this.#begun;
  }
}
