import {Client, Connection, type ConnectionOptions} from '@temporalio/client';
import {dataConverter} from '../temporal/payload-codec/data-converter.ts';

/** One client for all activities that speak to Temporal themselves, connected when the first of them asks. */
export class LazyClient {
  readonly #options: ConnectionOptions;
  readonly #namespace: string;
  #client: Promise<Client> | undefined;

  constructor(options: ConnectionOptions, namespace: string) {
    this.#options = options;
    this.#namespace = namespace;
  }

  get(): Promise<Client> {
    this.#client ??= Connection.connect(this.#options).then(
      (connection) => new Client({connection, namespace: this.#namespace, dataConverter: dataConverter()}),
      (error: unknown) => {
        // Not for ever: the next one tries again.
        this.#client = undefined;
        throw error;
      },
    );
    return this.#client;
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.connection.close();
  }
}
