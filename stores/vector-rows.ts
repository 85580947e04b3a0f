import {
  Field,
  FixedSizeList,
  Float32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Utf8,
  vectorFromArray,
  type RecordBatch as Batch,
} from 'apache-arrow';
import {ErrorType, RatchetError} from '../schemas/errors.ts';
import type {Split} from '../schemas/row.ts';

export interface VectorRow {
  readonly id: string;
  readonly split: Split;
  readonly source: string;
  readonly label: string | null;
  readonly vector: Float32Array;
}

const TEXTS = ['id', 'split', 'source', 'label'] as const;
export const COLUMNS = [...TEXTS, 'vector'];

/** Columns id, split, source, label (nullable) and vector (a list of `dims` float32). Throws InvalidInput for another length. */
export function arrowTable(rows: readonly VectorRow[], dims: number): Table {
  const vectors = new Float32Array(rows.length * dims);
  rows.forEach(({id, vector}, n) => {
    if (vector.length !== dims)
      throw new RatchetError(
        ErrorType.InvalidInput,
        `the vector of row ${id} has ${vector.length} numbers, expected ${dims}: was it made by another embedder?`,
      );
    vectors.set(vector, n * dims);
  });
  const list = new FixedSizeList(dims, new Field('item', new Float32(), true));
  const fields = [
    ...TEXTS.map((name) => new Field(name, new Utf8(), name === 'label')),
    new Field('vector', list, false),
  ];
  const schema = new Schema(fields);
  const texts = TEXTS.map(
    (name) =>
      vectorFromArray(
        rows.map((row) => row[name]),
        new Utf8(),
      ).data[0]!,
  );
  const values = makeData({type: new Float32(), length: vectors.length, data: vectors});
  const column = makeData({type: list, length: rows.length, nullCount: 0, child: values});
  const data = makeData({
    type: new Struct(fields),
    length: rows.length,
    nullCount: 0,
    children: [...texts, column],
  });
  return new Table(schema, [new RecordBatch(schema, data)]);
}

/** The rows of a batch as LanceDB gives it back. */
export function rowsOf(batch: Batch): VectorRow[] {
  return Array.from({length: batch.numRows}, (_, n) => {
    const at = (name: string): unknown => batch.getChild(name)?.get(n);
    return {
      id: at('id') as string,
      split: at('split') as Split,
      source: at('source') as string,
      label: at('label') as string | null,
      vector: Float32Array.from(at('vector') as Iterable<number>),
    };
  });
}
