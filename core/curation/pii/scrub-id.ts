import {ENTITIES, type Entity} from '../../../schemas/names.ts';
import {RECOGNISERS} from './recognisers.ts';
import {scrub} from './scrub.ts';

/** What some systems use as an id, though it is a person's; phone numbers and IP addresses would be found in many plain ids. */
const IN_IDS: readonly Entity[] = ENTITIES.filter((entity) => RECOGNISERS[entity].inIds);

/** Of these kinds those that are looked for in ids. */
export function entitiesInIds(entities: readonly Entity[]): Entity[] {
  return IN_IDS.filter((entity) => entities.includes(entity));
}

/** A record's id free of personal data: it stands in traces, reports and logs, where the text behind it never does. */
export function scrubId(id: string, key: Uint8Array): string {
  return scrub(id, {entities: IN_IDS, key}).text;
}
