import {setTimeout as delay} from 'node:timers/promises';
import {TrainerEvent} from '../../../schemas/training.ts';
import type {KubernetesApi} from '../../../serving/clients/kubernetes/api.ts';
import {lastPod} from './job-pods.ts';

/** Before the log of a pod that has none yet is asked for again. */
const AGAIN_MS = 1_000;

/**
 * What a Job's pods say, line by line, as long as they say it: the log of the youngest pod, followed; of its successor where it
 * was replaced; read again from its beginning where the stream broke. A line that came before is not taken twice.
 */
export class JobLog {
  readonly #api: KubernetesApi;
  readonly #namespace: string;
  readonly #name: string;
  readonly #heard: () => void;
  readonly #lines = new Set<string>();
  readonly #events: TrainerEvent[] = [];

  constructor(options: {api: KubernetesApi; namespace: string; name: string; heard: () => void}) {
    this.#api = options.api;
    this.#namespace = options.namespace;
    this.#name = options.name;
    this.#heard = options.heard;
  }

  get events(): readonly TrainerEvent[] {
    return this.#events;
  }

  /** Takes a line of events.jsonl; what is no event (a library's warning) is passed over. */
  take(line: string): void {
    if (!line.startsWith('{')) return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return;
    }
    const event = TrainerEvent.safeParse(value);
    if (!event.success) return;
    // However it is spaced: the pod's line was written anew.
    const same = JSON.stringify(event.data);
    if (this.#lines.has(same)) return;
    this.#lines.add(same);
    this.#events.push(event.data);
  }

  /** Until the signal is aborted; never throws. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const pod = await lastPod(this.#api, this.#namespace, this.#name);
        if (pod !== null) {
          const path = `/api/v1/namespaces/${this.#namespace}/pods/${pod.metadata.name}/log`;
          for await (const line of this.#api.lines({path, query: {follow: 'true'}}, signal)) {
            this.take(line);
            this.#heard();
          }
        }
      } catch {
        // Not begun yet, gone, or out of reach: status() says which.
      }
      await delay(AGAIN_MS, undefined, {signal}).catch(() => undefined);
    }
  }
}
