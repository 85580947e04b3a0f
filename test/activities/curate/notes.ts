import {sentence, type Curated, type Settings} from './workbench.ts';

export interface TextRecord {
  readonly id: string;
  readonly text: string;
  readonly class: string;
}
export const records = (from: number, to: number): TextRecord[] =>
  Array.from({length: to - from}, (_, i) => ({
    id: `r${String(from + i).padStart(4, '0')}`,
    text: sentence(from + i),
    class: (from + i) % 3 === 0 ? 'spam' : 'ham',
  }));
export const FIELDS = {id: 'id', label: 'class', text: 'text'};
export function settings(file: string, curation: Record<string, unknown> = {}, name = 'notes'): Settings {
  return {
    sources: [{name, uri: `file:${file}`, format: 'jsonl', fields: FIELDS}],
    curation: {min_chars: 10, split: {golden: 0.2, traffic: 0.1, validation: 0.1, seed: 7}, ...curation},
  };
}
export const ids = (curated: Curated, split?: string): string[] =>
  curated.rows.filter((row) => split === undefined || row.split === split).map((row) => row.id);
