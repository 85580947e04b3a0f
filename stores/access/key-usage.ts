import {KeyUsageDay, type UsageCounts} from '../../schemas/gateway-key.ts';
import {readDocument, writeDocument} from '../objects/documents.ts';
import {keySegment} from '../objects/object-key.ts';
import type {ObjectStore} from '../objects/object-store.ts';

/**
 * What keys were used for, `key-usage/PROJECT/DAY/GATEWAY.json`: a document for each gateway process and day (UTC), written
 * by that process alone, again and again; so nobody waits for anybody, and the sum over a day's documents is the day.
 */
export class KeyUsage {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  async write(usage: KeyUsageDay): Promise<void> {
    const key = `${folder(usage.project, usage.day)}${usage.gateway}.json`;
    await writeDocument(this.#store, key, KeyUsageDay, usage);
  }

  /** Of a day, by key id: the sum over all gateways, but for `without`. */
  async day(
    project: string,
    day: string,
    {without}: {readonly without?: string} = {},
  ): Promise<Map<string, UsageCounts>> {
    const sums = new Map<string, UsageCounts>();
    for await (const objectKey of this.#store.list(folder(project, day))) {
      if (without !== undefined && objectKey.endsWith(`/${without}.json`)) continue;
      const found = await readDocument(this.#store, objectKey, KeyUsageDay);
      for (const [id, counts] of Object.entries(found?.value.keys ?? {})) {
        const sum = sums.get(id);
        sums.set(id, sum === undefined ? counts : added(sum, counts));
      }
    }
    return sums;
  }

  /** Deletes days before `oldest` (`2026-08-28`); gives how many documents. */
  async sweep(project: string, oldest: string): Promise<number> {
    let deleted = 0;
    for await (const objectKey of this.#store.list(`key-usage/${keySegment(project)}/`)) {
      // In the order of the days.
      if (objectKey >= folder(project, oldest)) break;
      await this.#store.delete(objectKey);
      deleted++;
    }
    return deleted;
  }
}

/** `2026-11-26`: the day of a time in ms since the epoch, UTC. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function added(a: UsageCounts, b: UsageCounts): UsageCounts {
  return {
    family: a.family,
    requests: a.requests + b.requests,
    refused: a.refused + b.refused,
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    cost: a.cost + b.cost,
    last: (a.last ?? '') > (b.last ?? '') ? a.last : b.last,
  };
}

function folder(project: string, day: string): string {
  return `key-usage/${keySegment(project)}/${day}/`;
}
