import {Client} from '@temporalio/client';
import {isAway} from '../client/away.ts';
import {RatchetError} from '../schemas/errors.ts';
import {liveFor} from '../stack/bring-up.ts';
import {accessOf, closeConnections, connected, externalTemporal} from '../stack/temporal.ts';
import type {TemporalAccess} from '../stack/temporal.ts';
import {dataConverter} from '../temporal/payload-codec/data-converter.ts';
import type {Project} from '../stack/project-file.ts';

/**
 * Runs `body` with a client of the Temporal that this project's stack uses, else of the user's own cluster. Throws
 * Unavailable, in one line that says what to do, if there is none or it does not answer.
 */
export async function withTemporal<T>(project: Project, body: (client: Client) => Promise<T>): Promise<T> {
  const access = accessFor(project);
  try {
    const connection = await connected(access);
    return await body(new Client({connection, namespace: access.namespace, dataConverter: dataConverter()}));
  } catch (error) {
    throw isAway(error) ? away(project, access, error) : error;
  } finally {
    await closeConnections();
  }
}

export function accessFor(project: Project): TemporalAccess {
  const live = liveFor(project);
  const access = live ? accessOf(live) : externalTemporal();
  if (access) return access;
  const name = project.config.project;
  throw new RatchetError('Unavailable', `the stack of ${name} is down: start it with \`ratchet up ${name}\``);
}

function away(project: Project, access: TemporalAccess, cause: unknown): RatchetError {
  return new RatchetError(
    'Unavailable',
    `Temporal at ${access.address} does not answer: see \`ratchet up ${project.config.project}\` and its logs in .ratchet/logs`,
    {cause},
  );
}
