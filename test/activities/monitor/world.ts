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
  /** When it began: hours are counted from here. */
  readonly began: number;
  #now: number;
  readonly #traces: Trace[] = [];
  readonly #feedback: Feedback[] = [];

  private constructor(project: TestProject, old: string, next: string) {
    this.project = project;
    this.name = project.context.project;
    this.old = old;
    this.new = next;
    // A whole second, which a trace's id and its time have in common.
    this.began = this.#now = Math.ceil(Date.now() / 1000) * 1000 + 1000;
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

  /** So many hours after it began (ISO). */
  at(hours: number): string {
    return new Date(this.began + hours * 3_600_000).toISOString();
  }

  /** One answer, a second after the one before, unless `at` says when. */
  answer(change: Partial<Trace> = {}): Trace {
    // Never before a pointer that was moved just now, by the real clock.
    this.#now = change.at === undefined ? Math.max(this.#now + 1000, Date.now()) : Date.parse(change.at);
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
        by: 'test',
        why: 'test',
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
