import type {Liveness} from '../../schemas/gateway-answers.ts';
import {openModelsOf} from '../../core/releases/models.ts';
import type {DeploymentWatch} from './deployment-watch.ts';
import type {EngineLooks} from './engine-looks.ts';
import type {FeedbackJournal} from './feedback-journal.ts';
import type {Gateway} from './gateway.ts';
import type {KeyWatch} from './key-watch.ts';
import type {TraceLog} from './trace-log.ts';

export interface HealthParts {
  readonly project: string;
  readonly gateway: Pick<Gateway, 'waits'>;
  readonly watch: DeploymentWatch;
  readonly keys: KeyWatch;
  readonly engines: EngineLooks;
  readonly traces: TraceLog;
  readonly journal: FeedbackJournal;
}

/** The store was not read for so long: degraded. */
const STALE_MS = 10_000;

/** `degraded`: it may still answer, but an engine, the store or the newest deployment has a problem. */
export type Status = Liveness['status'];

export async function status({gateway, watch, keys, engines}: HealthParts): Promise<Status> {
  if (watch.served === null) return 'no deployment';
  if (gateway.waits !== null) return 'no release yet';
  const {lastRead, error, refused} = watch.state;
  const stale = lastRead === null || Date.now() - lastRead > STALE_MS;
  const fine = error === null && refused === null && keys.error === null && !stale;
  return fine && (await reachable(watch, engines)) ? 'ok' : 'degraded';
}

/** Whether a request would be answered now: something is deployed that may, the keys are known, and an engine answers. */
export async function ready({gateway, watch, keys, engines}: HealthParts): Promise<boolean> {
  return (
    watch.served !== null && gateway.waits === null && keys.ring !== null && (await reachable(watch, engines))
  );
}

/** Whether an engine answers, where what is served needs one. */
async function reachable({served}: DeploymentWatch, engines: EngineLooks): Promise<boolean> {
  const releases = [served?.stable, served?.canary].flatMap((one) => one?.release ?? []);
  return releases.every((release) => openModelsOf(release).length === 0) || engines.reachable();
}

/** What an operator looks at first. */
export async function inDetail(parts: HealthParts): Promise<object> {
  const {project, watch, keys, engines, traces, journal} = parts;
  await engines.look();
  const {lastRead, error, refused} = watch.state;
  return {
    status: await status(parts),
    project,
    deployment: watch.served?.deployment ?? null,
    store: {
      up: error === null,
      lastRead: lastRead === null ? null : new Date(lastRead).toISOString(),
      error,
    },
    keys: {required: keys.ring?.any ?? null, error: keys.error},
    refused,
    engines: engines.state,
    pending: {traces: traces.size, feedback: journal.waiting},
  };
}
