import type {temporal} from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** What one execution of a workflow has recorded. */
export interface Recorded {
  /** Its ID, for messages. */
  readonly workflow: string;
  readonly events: readonly HistoryEvent[];
}

interface Scheduled {
  /** `ACTIVITY in WORKFLOW`. */
  readonly name: string;
  /** Type and arguments: what the work is. */
  readonly work: string;
  /** Milliseconds since the epoch; `closed` is null while it is in work. */
  readonly began: number;
  closed: number | null;
  attempts: number;
  completions: number;
}

/** The same question again, on purpose: a rollout measures, and asks whether it still stands, as time goes on. */
const ASKED_AGAIN: readonly string[] = ['analyseTraffic', 'rolloutStands'];
/** What a killed worker was handed in its last moment is in its work too, milliseconds. */
const HANDED_OUT = 1000;

/**
 * Work that was done twice, or not at all, one line each: an activity that did not complete exactly once; the same activity
 * with the same arguments scheduled again, by whichever execution; more than one attempt of an activity that was not in work
 * at a blow. Blows have a beginning and an end, in milliseconds since the epoch.
 */
export function repetitions(
  histories: readonly Recorded[],
  blows: readonly {readonly from: number; readonly to: number}[],
): string[] {
  const found: string[] = [];
  const known = new Map<string, string>();
  for (const history of histories) {
    for (const {name, work, began, closed, attempts, completions} of activitiesOf(history)) {
      if (completions !== 1) found.push(`${name} completed ${completions} times`);
      const hit = blows.some(({from, to}) => began <= to + HANDED_OUT && from <= (closed ?? Infinity));
      if (attempts > 1 && !hit)
        found.push(`${name} took ${attempts} attempts, though nothing was done to it then`);
      const before = known.get(work);
      if (before !== undefined) found.push(`${name} was done before: ${before}`);
      known.set(work, name);
    }
  }
  return found;
}

/** What looks on while a stage works, and ends with it: nothing is done by it, so nothing is repeated. */
const WATCHES: readonly string[] = ['waitersGone'];

function activitiesOf({workflow, events}: Recorded): Scheduled[] {
  const scheduled = new Map<string, Scheduled>();
  const of = (id: Parameters<typeof String>[0]): Scheduled => scheduled.get(String(id))!;
  for (const event of events) {
    const at = Number(event.eventTime?.seconds ?? 0) * 1000 + (event.eventTime?.nanos ?? 0) / 1e6;
    const {
      activityTaskScheduledEventAttributes: asked,
      activityTaskStartedEventAttributes: started,
      activityTaskCompletedEventAttributes: completed,
      activityTaskFailedEventAttributes: failed,
      activityTaskTimedOutEventAttributes: late,
      activityTaskCanceledEventAttributes: cancelled,
    } = event;
    if (asked) {
      const type = asked.activityType?.name ?? '';
      const given = (asked.input?.payloads ?? []).map(({data}) => Buffer.from(data ?? []).toString('base64'));
      const again = ASKED_AGAIN.includes(type) ? ` ${workflow} ${String(event.eventId)}` : '';
      scheduled.set(String(event.eventId), {
        name: `${type} in ${workflow}`,
        work: `${type}(${given.join()})${again}`,
        began: at,
        closed: null,
        attempts: 0,
        completions: 0,
      });
    }
    if (started) of(started.scheduledEventId).attempts = started.attempt ?? 1;
    if (completed) of(completed.scheduledEventId).completions += 1;
    const closed = completed ?? failed ?? late ?? cancelled;
    if (closed) of(closed.scheduledEventId).closed = at;
  }
  return [...scheduled.values()].filter(({name}) => !WATCHES.some((type) => name.startsWith(`${type} in `)));
}
