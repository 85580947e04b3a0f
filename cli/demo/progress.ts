import {createLogUpdate} from 'log-update';
import {frame, line} from '../frame.ts';
import {forTerminal, say} from '../output.ts';
import {Rate} from '../rate.ts';

/** Progress of something the demo does itself, shown as the stages of a run are. */
export class Progress {
  readonly #rate = new Rate();
  readonly #startedAt = new Date().toISOString();
  readonly #redraw = process.stderr.isTTY ? createLogUpdate(process.stderr) : undefined;
  readonly #stage: string;
  readonly #total: number;
  readonly #unit: string;
  #done = 0;
  #note = '';
  #saidAt = 0;

  constructor(stage: string, total: number, unit: string) {
    this.#stage = stage;
    this.#total = total;
    this.#unit = unit;
  }

  add(more: number, note: string): void {
    this.#done += more;
    this.#note = note;
    const now = Date.now();
    this.#rate.add(now, this.#done);
    if (this.#redraw)
      this.#redraw(
        forTerminal(
          frame(
            {status: 'running', stages: [this.#state('running')]},
            new Map([[this.#stage, this.#rate]]),
            now,
            process.stderr.columns,
          ),
        ),
      );
    else if (now - this.#saidAt > 5_000) {
      this.#saidAt = now;
      say(line(this.#state('running'), this.#rate, now));
    }
  }

  end(): void {
    const done = {...this.#state('done'), endedAt: new Date().toISOString()};
    if (this.#redraw) {
      const shown = frame({status: 'done', stages: [done]}, new Map(), Date.now(), process.stderr.columns);
      this.#redraw(forTerminal(shown));
      this.#redraw.done();
    } else say(line(done, undefined, Date.now()));
  }

  #state(status: 'running' | 'done') {
    return {
      stage: this.#stage,
      status,
      startedAt: this.#startedAt,
      note: this.#note,
      progress: {
        stage: this.#stage,
        done: this.#done,
        total: this.#total,
        unit: this.#unit,
        note: this.#note,
      },
    } as const;
  }
}
