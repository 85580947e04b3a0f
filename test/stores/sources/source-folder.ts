import type {ProjectConfig} from '../../../schemas/project.ts';
import {Source} from '../../../schemas/project.ts';
import {
  readSource,
  rereadSource,
  type Found,
  type Reread,
  type ReadOptions,
} from '../../../stores/sources/read-source.ts';
import {ROW_KEY, Workbench, all} from '../../activities/curate/workbench.ts';

type Input = ProjectConfig['input'];
export const INPUT: Input = {format: 'record', fields: ['text']};

export const ROWS = [
  {id: 'b', class: 'ham', body: 'Second, with "quotes", and\na line break'},
  {id: 'a', class: 'spam', body: 'First; with é and 日本'},
  {id: 'c', class: 'ham', body: ''},
];
export const CONTENT = {
  a: {label: 'spam', text: 'First; with é and 日本'},
  b: {label: 'ham', text: 'Second, with "quotes", and\na line break'},
  c: {label: 'ham', text: ''},
};

/** Columns of ROWS, unless told otherwise. */
export function sourceOf(change: Record<string, unknown>): Source {
  return Source.parse({name: 'notes', fields: {id: 'id', label: 'class', text: 'body'}, ...change});
}

/** A folder of source files, read as the curation reads them. */
export class SourceFolder {
  readonly #bench: Workbench;

  private constructor(bench: Workbench) {
    this.#bench = bench;
  }

  static async open(): Promise<SourceFolder> {
    return new SourceFolder(await Workbench.open());
  }

  remove(): Promise<void> {
    return this.#bench.remove();
  }

  write(name: string, content: string | Uint8Array): Promise<void> {
    return this.#bench.write(name, content);
  }

  jsonl(name: string, records: readonly unknown[]): Promise<void> {
    return this.#bench.jsonl(name, records);
  }

  options(input: Input = INPUT): ReadOptions {
    return {folder: this.#bench.folder, rowKey: ROW_KEY, input};
  }

  read(source: Source, input?: Input): Promise<Found[]> {
    return all(readSource(source, this.options(input)));
  }

  /** `line: id`, or why the record there is malformed. */
  async lines(source: Source, input?: Input): Promise<string[]> {
    const found = await this.read(source, input);
    return found.map((one) => `${one.line}: ${one.status === 'malformed' ? one.reason : one.id}`);
  }

  reread(source: Source, records: readonly Found[], input?: Input): Promise<Reread[]> {
    return all(rereadSource(source, records[0]!.file, records, this.options(input)));
  }

  /** Content by id of everything in a source, as a shard gets it. */
  async contents(source: Source, input?: Input): Promise<Record<string, unknown>> {
    const found = (await this.read(source, input)).filter((one) => one.status === 'read');
    const byId: Record<string, unknown> = {};
    for (const group of Map.groupBy(found, (one) => one.file).values())
      for (const {id, label, content} of await this.reread(source, group, input))
        byId[id] = label === undefined ? content : {...(content as object), label};
    return byId;
  }
}
