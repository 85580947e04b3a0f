import type {ServerResponse} from 'node:http';

export interface Stored {
  readonly metadata: {
    name: string;
    uid: string;
    resourceVersion: string;
    labels?: Record<string, string>;
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored;
}

/** Counts every change of all collections, as etcd's revision does. */
export class Revision {
  now = 1000;
}

/** Objects of one kind: what list and watch show of them (API concepts: resource versions, watch, 410 Gone). */
export class Collection<T extends Stored> {
  readonly kind: string;
  readonly objects = new Map<string, T>();
  readonly #revision: Revision;
  #history: Change[] = [];
  /** Versions up to this one are forgotten. */
  #forgotten = 0;
  readonly #watchers = new Set<{matches: (object: Stored) => boolean; response: ServerResponse}>();
  /** How often it was listed. */
  lists = 0;

  constructor(kind: string, revision: Revision) {
    this.kind = kind;
    this.#revision = revision;
  }

  put(object: T): void {
    const type = this.objects.has(object.metadata.name) ? 'MODIFIED' : 'ADDED';
    object.metadata.resourceVersion = `${++this.#revision.now}`;
    this.objects.set(object.metadata.name, object);
    this.#tell(type, object);
  }

  remove(object: T): void {
    if (this.objects.get(object.metadata.name) !== object) return;
    object.metadata.resourceVersion = `${++this.#revision.now}`;
    this.objects.delete(object.metadata.name);
    this.#tell('DELETED', object);
  }

  /** As etcd's compaction: a watch from before now gets 410, and those that run are told by an ERROR event. */
  compact(): void {
    this.#forgotten = ++this.#revision.now;
    this.#history = [];
    const gone = {
      type: 'ERROR',
      object: {kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version'},
    };
    for (const {response} of this.#watchers) response.end(`${JSON.stringify(gone)}\n`);
    this.#watchers.clear();
  }

  list(query: URLSearchParams): object {
    this.lists += 1;
    return {
      kind: `${this.kind}List`,
      metadata: {resourceVersion: `${this.#revision.now}`},
      items: [...this.objects.values()].filter(matching(query)),
    };
  }

  watch(query: URLSearchParams, response: ServerResponse): void {
    const from = Number(query.get('resourceVersion') ?? 0);
    response.writeHead(200, {'content-type': 'application/json'});
    if (from < this.#forgotten) {
      response.end(
        `${JSON.stringify({type: 'ERROR', object: {kind: 'Status', code: 410, reason: 'Expired', message: `too old resource version: ${from} (${this.#forgotten})`}})}\n`,
      );
      return;
    }
    response.flushHeaders();
    const watcher = {matches: matching(query), response};
    for (const {version, type, object} of this.#history)
      if (version > from && watcher.matches(object)) response.write(`${JSON.stringify({type, object})}\n`);
    this.#watchers.add(watcher);
    response.once('close', () => this.#watchers.delete(watcher));
  }

  #tell(type: Change['type'], object: T): void {
    const copy = structuredClone(object);
    this.#history.push({version: this.#revision.now, type, object: copy});
    for (const {matches, response} of this.#watchers)
      if (matches(copy)) response.write(`${JSON.stringify({type, object: copy})}\n`);
  }
}

function matching(query: URLSearchParams): (object: Stored) => boolean {
  const pairs = (text: string | null) =>
    (text ?? '')
      .split(',')
      .filter(Boolean)
      .map((pair) => pair.split('=') as [string, string]);
  const labels = pairs(query.get('labelSelector'));
  const fields = pairs(query.get('fieldSelector'));
  return ({metadata}) =>
    labels.every(([name, value]) => metadata.labels?.[name] === value) &&
    fields.every(([name, value]) => name === 'metadata.name' && metadata.name === value);
}
