import type {Entity} from '../../../../schemas/names.ts';
import {findAll} from '../../../../core/curation/pii/scrub.ts';

/** What one recogniser takes out of a text, in order. */
export function found(entity: Entity, text: string): string[] {
  return findAll(text, [entity]).map(({start, end}) => text.slice(start, end));
}
