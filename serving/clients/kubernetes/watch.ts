import {setTimeout as delay} from 'node:timers/promises';
import {z} from 'zod';
import {KubernetesRefusal, type KubernetesApi} from './api.ts';

/** The server ends a watch after so long; it is then taken up where it was. */
const WATCH_SECONDS = 300;
/** Before a watch that failed is tried again. */
const AGAIN_MS = 2_000;

const List = z.looseObject({
  metadata: z.looseObject({resourceVersion: z.string()}),
  items: z.array(z.unknown()).nullish(),
});
const Event = z.looseObject({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.looseObject({
    code: z.number().optional(),
    metadata: z.looseObject({resourceVersion: z.string().optional()}).optional(),
  }),
});

/**
 * Calls `changed` whenever something in a collection did: list, then watch from the list's resourceVersion; listed anew where
 * the server has forgotten that version (410 Gone), gone on with where the stream ends. What it is, is for `changed` to ask:
 * an event that was missed costs time, never the truth. Ends when the signal is aborted; never throws.
 */
export async function watchCollection(
  api: KubernetesApi,
  {
    path,
    query,
    signal,
    changed,
  }: {
    readonly path: string;
    /** labelSelector, fieldSelector */
    readonly query: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
    readonly changed: () => void;
  },
): Promise<void> {
  let version: string | null = null;
  while (!signal.aborted) {
    try {
      if (version === null) {
        version = List.parse(await api.send({path, query})).metadata.resourceVersion;
        changed();
      }
      const watch = {
        ...query,
        watch: '1',
        allowWatchBookmarks: 'true',
        resourceVersion: version,
        timeoutSeconds: `${WATCH_SECONDS}`,
      };
      for await (const line of api.lines({path, query: watch}, signal)) {
        if (line === '') continue;
        const {type, object} = Event.parse(JSON.parse(line));
        if (type === 'ERROR') {
          throw new KubernetesRefusal('Unavailable', object.code ?? 500, 'the watch broke off');
        }
        version = object.metadata?.resourceVersion ?? version;
        if (type !== 'BOOKMARK') changed();
      }
    } catch (error) {
      if (error instanceof KubernetesRefusal && error.status === 410) version = null;
      else await delay(AGAIN_MS, undefined, {signal}).catch(() => undefined);
    }
  }
}
