import type {ActPayload} from '../../schemas/access.ts';
import {ACT_LASTS_MS, outOfTime} from '../approval/lifetime.ts';
import {actName, askInstead, needsSignature, refusalOf} from './rights.ts';
import type {Named, Target} from './rights.ts';

/** What an act has to be about, for its signature to mean this and nothing else. */
export interface Expected {
  readonly project: string;
  readonly act: ActPayload['act'];
  readonly about: Readonly<Record<string, string>>;
  /** What it moves; null for nothing. */
  readonly target: Target | null;
}

/**
 * Why a signed payload, whose signature holds by a key of `person`, is not the act that is expected, or not theirs to do;
 * null if it is. `now` in ms. `person` null: nobody of the project holds its key.
 */
export function checkAct(
  payload: ActPayload,
  expected: Expected,
  {
    person,
    people,
    now,
  }: {readonly person: Named | null; readonly people: readonly Named[]; readonly now: number},
): string | null {
  const asked = {act: expected.act, target: expected.target, people};
  if (person === null)
    return `key ${payload.key} is not among the project's people now: an admin adds it to approval.approvers, or use another${askInstead(asked)}`;
  if (payload.project !== expected.project)
    return `signed for project ${quote(payload.project)}, expected ${quote(expected.project)}`;
  if (payload.act !== expected.act) return `signed to ${payload.act}, expected ${expected.act}`;
  const keys = new Set([...Object.keys(payload.about), ...Object.keys(expected.about)]);
  for (const key of [...keys].sort()) {
    const [got, want] = [payload.about[key], expected.about[key]];
    if (got !== want)
      return `signed for ${key} ${quote(got ?? 'none')}, this is ${quote(want ?? 'none')}: sign it again`;
  }
  const late = outOfTime(payload.expiry, now, ACT_LASTS_MS);
  if (late !== null) return late;
  const refusal = refusalOf({...asked, person});
  return refusal === null ? null : `${refusal}${askInstead(asked)}`;
}

/** Why an act without signature is refused; null where the project names nobody. */
export function unsignedRefusal(
  {act, target}: Pick<Expected, 'act' | 'target'>,
  people: readonly Named[],
): string | null {
  if (!needsSignature(people)) return null;
  return `to ${actName(act)} takes a signature, since the project names people: sign with your key (ratchet keys list)${askInstead({act, target, people})}`;
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 80));
