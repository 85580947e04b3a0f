import {short} from '../../schemas/names.ts';
import {count} from '../wording/figures.ts';
import type {Change} from './changes.ts';
import {lineDiff, type DiffLine} from './line-diff.ts';
import type {Area, AreaDiff, PartsDiff, RowOverlap, Unread} from './release-diff.ts';

/** An area that differs, as a reader sees it: short values in rows, texts line by line. */
export interface AreaInWords {
  readonly title: string;
  readonly rows: readonly {readonly part: string; readonly before: string; readonly after: string}[];
  readonly texts: readonly {readonly part: string; readonly lines: readonly DiffLine[]}[];
  /** Why nothing can be compared. */
  readonly unread: string | null;
}

export const AREA_TITLES: Readonly<Record<Area, string>> = {
  model: 'Model',
  prompts: 'Prompts',
  input: 'Input',
  guardrails: 'Guardrails',
  index: 'Index',
  training: 'Training settings',
  data: 'Data',
};

/** A value that is longer is shown line by line. */
const LONG = 100;

/** The areas that differ or cannot be compared, in the order of {@link PartsDiff.areas}. */
export function differentAreas({areas}: Pick<PartsDiff, 'areas'>): AreaInWords[] {
  return areas.filter((one) => !isSame(one)).map(inWords);
}

/** `Input, guardrails and index are the same.`; null where every area differs. */
export function sameAreas({areas}: Pick<PartsDiff, 'areas'>): string | null {
  const same = areas.filter(isSame).map(({area}) => AREA_TITLES[area]);
  if (same.length === areas.length) return 'Every part is the same.';
  const [first, ...rest] = same;
  if (first === undefined) return null;
  const words = [first, ...rest.map((title) => title.toLowerCase())];
  if (words.length === 1) return `${first} ${first.endsWith('s') ? 'are' : 'is'} the same.`;
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)} are the same.`;
}

/** `1,200 rows are in both (3 of them in another split); 40 only before, 150 only after.` */
export function rowsInWords(rows: RowOverlap | Unread): string {
  if ('unread' in rows) return `The rows cannot be compared: ${rows.unread}`;
  const {both, before, after, moved} = rows;
  const other = moved === 0 ? '' : ` (${count(moved)} of them in another split)`;
  return `${count(both)} rows are in both${other}; ${count(before)} only before, ${count(after)} only after.`;
}

/** `model, prompts`: what differs, on one line; `nothing` where all is the same. */
export function differingAreas({areas}: Pick<PartsDiff, 'areas'>): string {
  const names = areas.filter((one) => !isSame(one)).map(({area}) => AREA_TITLES[area].toLowerCase());
  return names.length === 0 ? 'nothing' : names.join(', ');
}

function isSame({changes, unread}: AreaDiff): boolean {
  return changes.length === 0 && unread === null;
}

function inWords({area, changes, unread}: AreaDiff): AreaInWords {
  return {
    title: AREA_TITLES[area],
    rows: changes
      .filter((change) => !isLong(change))
      .map(({part, before, after}) => ({part, before: shown(before), after: shown(after)})),
    texts: changes
      .filter(isLong)
      .map(({part, before, after}) => ({part, lines: lineDiff(before ?? '', after ?? '')})),
    unread,
  };
}

function isLong({before, after}: Change): boolean {
  return [before, after].some((text) => text !== null && (text.includes('\n') || text.length > LONG));
}

/** Digests by their first digits, numbers with their thousands, nothing as `none`. */
function shown(value: string | null): string {
  if (value === null || value === '') return 'none';
  if (/^\d{1,15}$/.test(value)) return count(Number(value));
  return value.replace(/\b[0-9a-f]{40,64}\b/g, (digest) => short(digest));
}
