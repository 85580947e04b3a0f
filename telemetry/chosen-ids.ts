import {randomBytes} from 'node:crypto';

/**
 * Random ids, but for a span whose ids are given: a request's trace is called as `ratchet trace` knows it, and a workflow's
 * span is called by its run, so that whoever replays the workflow names the same parent.
 */
export class ChosenIds {
  #traceId: string | undefined;
  #spanId: string | undefined;

  with<T>(
    ids: {readonly traceId?: string | undefined; readonly spanId?: string | undefined},
    start: () => T,
  ): T {
    this.#traceId = ids.traceId;
    this.#spanId = ids.spanId;
    try {
      return start();
    } finally {
      this.#traceId = undefined;
      this.#spanId = undefined;
    }
  }

  generateTraceId = (): string => this.#traceId ?? randomBytes(16).toString('hex');
  generateSpanId = (): string => this.#spanId ?? randomBytes(8).toString('hex');
}
