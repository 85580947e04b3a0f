import type {Connection, Table} from '@lancedb/lancedb';
import {arrowTable} from './vector-batch.ts';
import {vectorError} from './vector-errors.ts';
import type {VectorRow} from './vector-rows.ts';

/** A table while it is being written. Errors as vectorError puts them. */
export class VectorWriter {
  readonly #connection: Connection;
  readonly #name: string;
  readonly #dims: number;
  #table: Table | null = null;

  constructor(connection: Connection, name: string, dims: number) {
    this.#connection = connection;
    this.#name = name;
    this.#dims = dims;
  }

  async add(rows: readonly VectorRow[]): Promise<void> {
    const arrow = arrowTable(rows, this.#dims);
    try {
      if (this.#table === null) this.#table = await this.#connection.createTable(this.#name, arrow);
      else await this.#table.add(arrow);
    } catch (error) {
      throw vectorError(error, `writing the table ${this.#name}`);
    }
  }

  /** Rows that the table holds now; makes an empty one if nothing was added. */
  async rows(): Promise<number> {
    if (this.#table === null) await this.add([]);
    try {
      return await this.#table!.countRows();
    } catch (error) {
      throw vectorError(error, `reading the table ${this.#name}`);
    }
  }
}
