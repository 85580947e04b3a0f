import type {RecordBatch} from 'apache-arrow';
import type {Split} from '../../schemas/row.ts';

export interface VectorRow {
  readonly id: string;
  readonly split: Split;
  readonly source: string;
  readonly label: string | null;
  readonly vector: Float32Array;
}

export const TEXT_COLUMNS = ['id', 'split', 'source', 'label'] as const;
export const COLUMNS = [...TEXT_COLUMNS, 'vector'];

/** The rows of a batch as LanceDB gives it back. */
export function rowsOf(batch: RecordBatch): VectorRow[] {
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
