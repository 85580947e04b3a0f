import {z} from 'zod';
import type {KubernetesApi} from '../../../serving/clients/kubernetes/api.ts';
import {holds, Pod} from '../../../serving/clients/kubernetes/objects.ts';

const Pods = z.looseObject({items: z.array(Pod).nullish()});

/** A Job's pods, by the label that the Job controller gives them. */
export function podsOf(name: string): Readonly<Record<string, string>> {
  return {labelSelector: `batch.kubernetes.io/job-name=${name}`};
}

/** The youngest pod of a Job; null while there is none. */
export async function lastPod(api: KubernetesApi, namespace: string, name: string): Promise<Pod | null> {
  const list = Pods.parse(
    (await api.send({path: `/api/v1/namespaces/${namespace}/pods`, query: podsOf(name)})) ?? {},
  );
  const pods = [...(list.items ?? [])];
  pods.sort((a, b) => (age(a) < age(b) ? -1 : age(a) > age(b) ? 1 : 0));
  return pods.at(-1) ?? null;
}

const age = ({metadata}: Pod): string => metadata.creationTimestamp ?? '';

/** What a pod that has not begun waits for; null where it runs or has run. */
export function waitsFor(pod: Pod | null): string | null {
  if (pod === null) return 'waits for a pod';
  const scheduled = pod.status?.conditions?.find(({type}) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return `waits for a node: ${scheduled.message ?? scheduled.reason}`;
  const waiting = pod.status?.containerStatuses?.find(({state}) => state?.waiting)?.state?.waiting;
  if (waiting)
    return `waits for its container: ${waiting.reason}${waiting.message ? `, ${waiting.message}` : ''}`;
  return pod.status?.phase === 'Pending' ? 'waits for its container' : null;
}

/** How a pod ended, for people: `OOMKilled, exit code 137`; '' where nothing is known. */
export function howItEnded(pod: Pod | null): string {
  const ended = pod?.status?.containerStatuses?.find(({state}) => state?.terminated)?.state?.terminated;
  if (!pod || !ended) return '';
  const disrupted = holds({status: pod.status}, 'DisruptionTarget');
  const why = disrupted
    ? `${disrupted.reason}, `
    : ended.reason && ended.reason !== 'Error'
      ? `${ended.reason}, `
      : '';
  return `${why}exit code ${ended.exitCode}`;
}
