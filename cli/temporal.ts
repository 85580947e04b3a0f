import {Client} from '@temporalio/client';
import {isAway} from '../client/away.ts';
import {accessFor, awayFrom, closeConnections, connected} from '../stack/temporal.ts';
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
    throw isAway(error) ? awayFrom(access, project, error) : error;
  } finally {
    await closeConnections();
  }
}
