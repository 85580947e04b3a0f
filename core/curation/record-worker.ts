import type {Processed} from '../../schemas/processed.ts';
import type {Row} from '../../schemas/row.ts';
import type {CurateSettings} from '../../schemas/stages/curate.ts';
import {hmacSha256} from '../identity/hmac.ts';
import {rowDigest} from '../identity/row-digest.ts';
import {fingerprint} from './fingerprint.ts';
import {normalise} from './normalise.ts';
import {scrub} from './pii/scrub.ts';
import {detectLanguage} from './language.ts';
import {checkRow} from './rules.ts';
import {transformRecord} from './transform.ts';

/** Where a record was read, and what it is called there. */
export interface RawRecord {
  readonly source: string;
  readonly id: string;
  /** Keyed hash of the record as it was read. */
  readonly raw: string;
  readonly file: string;
  readonly line: number;
}

/** What a record says of where it belongs. */
export interface RecordPlace {
  readonly group?: string | undefined;
  /** Milliseconds since 1970. */
  readonly time?: number | undefined;
}

/** The settings that one record's row depends on. */
export type RecordSettings = Pick<CurateSettings, 'input' | 'curation' | 'labels' | 'label_aliases'>;

/** Transform, rules and fingerprint of one record, as a project is configured. */
export class RecordWorker {
  readonly #settings: RecordSettings;
  readonly #rowKey: Uint8Array;
  readonly #labelled: ReadonlySet<string>;
  readonly #labels: ReadonlySet<string>;

  /** `labelled`: names of the sources that say where their labels are, so that a record without one is incomplete. */
  constructor(settings: RecordSettings, labelled: ReadonlySet<string>, rowKey: Uint8Array) {
    this.#settings = settings;
    this.#rowKey = rowKey;
    this.#labelled = labelled;
    this.#labels = new Set(settings.labels);
  }

  async process(
    planned: RawRecord,
    content: unknown,
    given: string | undefined,
    {group, time}: RecordPlace = {},
  ): Promise<Processed> {
    const {input, curation} = this.#settings;
    const {raw, source} = planned;
    const id = `${source}/${planned.id}`;
    const record = `${planned.file}:${planned.line}`;
    const drop = (rule: string, reason: string): Processed => ({
      status: 'drop',
      raw,
      drop: {id, source, record, rule, reason},
    });
    const result = await transformRecord(content, {...input, pii: curation.pii}, this.#rowKey);
    if (result.status === 'drop') return drop(result.rule, result.reason);
    const {value} = result;
    const label = given === undefined ? undefined : this.#labelOf(given);
    if (label === undefined && this.#labelled.has(source))
      return drop('no_label', 'its label column is empty');
    if (label !== undefined && this.#labels.size > 0 && !this.#labels.has(label))
      return drop('unknown_label', `its label is none of ${[...this.#labels].join(', ')}`);
    const language = await detectLanguage(value.text);
    const broken = checkRow(value.chars, language, {
      languages: curation.languages,
      languageScore: curation.language_score,
      minChars: curation.min_chars,
      maxChars: curation.max_chars,
    });
    if (broken) return drop(broken.rule, broken.reason);
    const row: Row = {
      id,
      source,
      fields: value.fields,
      ...(value.messages ? {messages: value.messages} : {}),
      ...(label === undefined ? {} : {label}),
      ...(group === undefined ? {} : {group: this.#groupOf(group)}),
      slices: [...value.slices],
      language: language.code,
    };
    const {shingle_words: shingleWords, bands, rows} = curation.near_duplicates;
    return {
      status: 'row',
      raw,
      record,
      row,
      ...(time === undefined ? {} : {time}),
      digest: rowDigest(this.#rowKey, row),
      ...fingerprint(row, {shingleWords, bands, rows}),
      scrubbed: {...value.scrubbed},
    };
  }

  /** A class as it is, also where the record spells it otherwise; any other label is a text of its own, a reference answer, and goes through the scrub like all text. */
  #labelOf(given: string): string {
    if (this.#labels.has(given)) return given;
    const aliases = this.#settings.label_aliases;
    if (aliases !== undefined && Object.hasOwn(aliases, given)) return aliases[given]!;
    const {text} = scrub(normalise(given, 'paragraphs'), {
      entities: this.#settings.curation.pii,
      key: this.#rowKey,
    });
    return text;
  }

  /** A group's value may be a person's name, so only a keyed digest of it is kept. */
  #groupOf(given: string): string {
    return hmacSha256(this.#rowKey, `group\0${normalise(given, 'lines')}`).slice(0, 16);
  }
}
