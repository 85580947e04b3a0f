import {randomBytes} from 'node:crypto';
import {traceId} from '../../../core/identity/trace-id.ts';
import type {Feedback, Trace} from '../../../schemas/trace.ts';
import {says, trace} from '../../core/rollout/traffic.ts';
import {projectOf} from '../../workflows/project-of.ts';
import type {TestProject} from '../../workflows/project-of.ts';
import {releaseOf} from '../../workflows/releases.ts';

/** Answers and feedback of a project, at times that the test chooses. */
export class World {
  readonly project: TestProject;
  readonly name: string;
  readonly old: string;
  readonly new: string;
  #now: number;
  readonly #traces: Trace[] = [];
  readonly #feedback: Feedback[] = [];

  private constructor(project: TestProject, old: string, next: string) {
    this.project = project;
    this.name = project.context.project;
    this.old = old;
    this.new = next;
    this.#now = Date.now();
  }

  /** The old release is stable, the new one is trained on the dataset dddd…. */
  static async begin(monitor: object = {}): Promise<World> {
    const name = `test-${randomBytes(4).toString('hex')}`;
    const project = await projectOf(name, {monitor});
    const {registry, pointers} = project.context.stores;
    const [old, next] = [releaseOf(name, 'old'), releaseOf(name, 'new', 'd'.repeat(64))];
    await registry.putRelease(old);
    await registry.putRelease(next);
    await pointers.bootstrap(name, old.digest, {by: 'test', why: 'bootstrap'});
    return new World(project, old.digest, next.digest);
  }

  get now(): number {
    return this.#now;
  }

  /** One answer, a second after the one before. */
  answer(change: Partial<Trace> = {}): Trace {
    // Never before a pointer that was moved just now, by the real clock.
    this.#now = Math.max(this.#now + 1000, Date.now());
    const at = new Date(this.#now).toISOString();
    const id = traceId(this.#now, randomBytes(12));
    const made = trace({id, at, project: this.name, release: this.old, ...change});
    this.#traces.push(made);
    return made;
  }

  say(about: Trace, what: Partial<Feedback>): void {
    this.#feedback.push({...says(about, what), id: randomBytes(8).toString('hex')});
  }

  async move(change: {stable?: string; canary?: number | null; shadow?: number | null}): Promise<void> {
    const slot = (weight: number | null | undefined, was: {release: string; weight: number} | null) =>
      weight === undefined ? was : weight === null ? null : {release: this.new, weight};
    await this.project.context.stores.pointers.move(this.name, (current) => ({
      move: {
        stable: change.stable ?? current.stable,
        canary: slot(change.canary, current.canary),
        shadow: slot(change.shadow, current.shadow),
        ...{by: 'test', why: 'test'},
      },
    }));
  }

  /** Writes what happened since the last time. */
  async store(): Promise<void> {
    const {traces} = this.project.context.stores;
    await traces.append(this.name, this.#traces.splice(0));
    await traces.appendFeedback(this.name, this.#feedback.splice(0));
  }
}
