import {Client, Connection} from '@temporalio/client';
import {isAway} from '../client/away.ts';
import {projectIn} from '../stack/project-file.ts';
import {accessFor, awayFrom} from '../stack/temporal.ts';
import {dataConverter} from '../temporal/payload-codec/data-converter.ts';

/**
 * A client of the Temporal that the stack of the project in `folder` uses, else of the cluster that Temporal's variables name
 * (`TEMPORAL_ADDRESS`, `TEMPORAL_PROFILE`, …). It encrypts by `RATCHET_CODEC_KEYS`, if set. You close it:
 * `client.connection.close()`. Throws Unavailable where there is neither, and where it does not answer.
 */
export async function connectTemporal(folder: string): Promise<Client> {
  const project = projectIn(folder);
  const access = accessFor(project);
  const converter = dataConverter();
  try {
    const connection = await Connection.connect({...access.options, connectTimeout: '3s'});
    return new Client({connection, namespace: access.namespace, dataConverter: converter});
  } catch (error) {
    throw isAway(error) ? awayFrom(access, project, error) : error;
  }
}
