import {ENTITIES, type Entity} from '../../../schemas/names.ts';
import {hmacSha256} from '../../identity/hmac.ts';
import {foldDashes, foldWidth} from './fold.ts';
import {withoutHidden} from './hidden.ts';
import type {Finding, Lookups} from './recogniser.ts';
import {RECOGNISERS} from './recognisers.ts';

export interface ScrubOptions {
  readonly entities: readonly Entity[];
  /** The project's row key. */
  readonly key: Uint8Array;
  /** What this text and others may look up together; each has its own limit, too. */
  readonly lookups?: Lookups;
}
export interface Scrubbed {
  readonly text: string;
  /** How many pieces were replaced, by entity; entities without one are missing. */
  readonly counts: Partial<Record<Entity, number>>;
}

/** What scrub leaves in place of personal data; what looks like one already is left as it is. */
export const PSEUDONYM = new RegExp(`<(${ENTITIES.join('|').toUpperCase()})_[0-9a-f]{8}>`, 'g');
/** A replaced piece may uncover another beside it. */
const MAX_PASSES = 4;

/**
 * The text with personal data replaced by typed pseudonyms, `<EMAIL_3f9a2c41>`: the first 8 hex digits of HMAC-SHA256
 * under the key over entity and normalised value, so that the same address is the same word everywhere in a project and
 * says nothing without the key. Half a character, which JSON can say and canonical JSON cannot, becomes U+FFFD. Scrubbing
 * scrubbed text changes nothing. Where findings overlap, the entity that comes first in ENTITIES wins. Time is linear in the
 * text.
 */
export function scrub(text: string, {entities, key, lookups}: ScrubOptions): Scrubbed {
  const counts: Partial<Record<Entity, number>> = {};
  let scrubbed = text.toWellFormed();
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const found = findAll(scrubbed, entities, lookups);
    if (found.length === 0) break;
    let next = '';
    let at = 0;
    for (const {entity, start, end, value} of found) {
      counts[entity] = (counts[entity] ?? 0) + 1;
      next += scrubbed.slice(at, start) + pseudonym(entity, value, key);
      at = end;
    }
    scrubbed = next + scrubbed.slice(at);
  }
  return {text: scrubbed, counts};
}

/** `<EMAIL_3f9a2c41>` for this value under this key. */
export function pseudonym(entity: Entity, value: string, key: Uint8Array): string {
  const mac = hmacSha256(key, `pii\0${entity}\0${value}`);
  return `<${entity.toUpperCase()}_${mac.slice(0, 8)}>`;
}

/**
 * Every finding that overlaps neither a pseudonym nor one of an entity that comes before its own, in order of place. Characters
 * that nobody sees hide none: they are looked past, and are part of what they stand in.
 */
export function findAll(
  text: string,
  entities: readonly Entity[],
  lookups?: Lookups,
): (Finding & {readonly entity: Entity})[] {
  const seen = withoutHidden(text);
  if (seen === null) return findVisible(text, entities, lookups);
  const {bare, places} = seen;
  return findVisible(bare, entities, lookups).map((finding) => ({
    ...finding,
    start: places[finding.start]!,
    end: places[finding.end - 1]! + 1,
  }));
}

function findVisible(
  text: string,
  entities: readonly Entity[],
  lookups: Lookups | undefined,
): (Finding & {readonly entity: Entity})[] {
  const taken: Finding[] = [];
  if (text.includes('<'))
    for (const match of text.matchAll(PSEUDONYM))
      taken.push({start: match.index, end: match.index + match[0].length, value: ''});
  let claimed: readonly Finding[] = taken;
  const found: (Finding & {readonly entity: Entity})[] = [];
  const narrow = foldWidth(text);
  const dashed = foldDashes(narrow);
  for (const entity of ENTITIES) {
    const recogniser = RECOGNISERS[entity];
    const seen = recogniser.grouped ? dashed : narrow;
    if (!entities.includes(entity) || !recogniser.hint.test(seen)) continue;
    const free = withoutOverlap(recogniser.find(seen, lookups), claimed);
    for (const finding of free) found.push({...finding, entity});
    claimed = merged(claimed, free);
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Of `findings`, those that touch none of `claimed` nor one another; both in order of place. */
function withoutOverlap(findings: readonly Finding[], claimed: readonly Finding[]): Finding[] {
  const free: Finding[] = [];
  let next = 0;
  let end = 0;
  for (const finding of findings) {
    while (next < claimed.length && claimed[next]!.end <= finding.start) next++;
    if (next < claimed.length && claimed[next]!.start < finding.end) continue;
    if (finding.start < end) continue;
    free.push(finding);
    end = finding.end;
  }
  return free;
}

/** Two lists in order of place as one. */
function merged(a: readonly Finding[], b: readonly Finding[]): Finding[] {
  const all: Finding[] = [];
  let i = 0;
  for (const finding of b) {
    while (i < a.length && a[i]!.start < finding.start) all.push(a[i++]!);
    all.push(finding);
  }
  while (i < a.length) all.push(a[i++]!);
  return all;
}
