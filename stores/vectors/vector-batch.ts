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
} from 'apache-arrow';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {TEXT_COLUMNS, type VectorRow} from './vector-rows.ts';

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
    ...TEXT_COLUMNS.map((name) => new Field(name, new Utf8(), name === 'label')),
    new Field('vector', list, false),
  ];
  const schema = new Schema(fields);
  const texts = TEXT_COLUMNS.map(
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
