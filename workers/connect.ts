import {setTimeout as delay} from 'node:timers/promises';
import {NativeConnection, type NativeConnectionOptions} from '@temporalio/worker';

const PAUSE_MS = 100;

/**
 * A connection to Temporal. `withinMs`: the server may be starting beside this process, so until then one that does not answer,
 * or does not know the namespace yet, is asked again; without it the first answer counts. Throws what the last attempt did.
 */
export async function connect(
  options: NativeConnectionOptions,
  namespace: string,
  withinMs?: number,
): Promise<NativeConnection> {
  if (withinMs === undefined) return await NativeConnection.connect(options);
  const deadline = Date.now() + withinMs;
  for (;;) {
    let connection: NativeConnection | undefined;
    try {
      connection = await NativeConnection.connect(options);
      await connection.workflowService.describeNamespace({namespace});
      return connection;
    } catch (error) {
      await connection?.close();
      if (Date.now() > deadline) throw error;
      await delay(PAUSE_MS);
    }
  }
}
