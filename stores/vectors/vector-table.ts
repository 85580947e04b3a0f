import type {Table} from '@lancedb/lancedb';
import type {Split} from '../../schemas/row.ts';
import {COLUMNS, rowsOf, type VectorRow} from './vector-rows.ts';

export interface VectorFilter {
  readonly split?: Split;
  readonly source?: string;
}
/** `distance`: 1 − cosine, 0 to 2. */
export type Neighbour = VectorRow & {readonly distance: number};

/** The embeddings of one dataset version's rows; read only. */
export class VectorTable {
  /** `rows__0123456789ab` */
  readonly name: string;
  readonly dataset: string;
  readonly embedder: string;
  readonly dims: number;
  readonly rows: number;
  readonly #table: Table;

  constructor(
    table: Table,
    built: {
      readonly table: string;
      readonly dataset: string;
      readonly embedder: string;
      readonly dims: number;
      readonly rows: number;
    },
  ) {
    this.#table = table;
    this.name = built.table;
    this.dataset = built.dataset;
    this.embedder = built.embedder;
    this.dims = built.dims;
    this.rows = built.rows;
  }

  /** All rows that fit, streaming, in no order that may be relied on. */
  async *read(filter: VectorFilter = {}): AsyncGenerator<VectorRow, void, undefined> {
    const query = this.#table.query().select(COLUMNS);
    const where = sql(filter);
    for await (const batch of where === '' ? query : query.where(where)) yield* rowsOf(batch);
  }

  /** The k rows nearest to a vector by cosine, nearest first: exact, every row is compared. Rows of zero vectors never count. */
  async nearest(vector: Float32Array, k: number, filter: VectorFilter = {}): Promise<Neighbour[]> {
    const query = this.#table.query().nearestTo(vector).distanceType('cosine').bypassVectorIndex().limit(k);
    const where = sql(filter);
    const found: Neighbour[] = [];
    for await (const raw of (where === '' ? query : query.where(where)).select([...COLUMNS, '_distance'])) {
      const batch = raw;
      const distances = batch.getChild('_distance');
      rowsOf(batch).forEach((row, n) => found.push({...row, distance: Number(distances?.get(n))}));
    }
    // The search sorts them itself.
    return found.filter(({distance}) => Number.isFinite(distance));
  }
}

function sql({split, source}: VectorFilter): string {
  const is = (column: string, value: string): string => `${column} = '${value.replaceAll("'", "''")}'`;
  return [split === undefined ? [] : [is('split', split)], source === undefined ? [] : [is('source', source)]]
    .flat()
    .join(' AND ');
}
