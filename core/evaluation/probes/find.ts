import {INJECTIONS, type InjectionTechnique} from './injection.ts';
import {JAILBREAKS, type Jailbreak} from './jailbreak.ts';

const injections = new Map(INJECTIONS.map((technique) => [technique.id, technique]));
const jailbreaks = new Map(JAILBREAKS.map((jailbreak) => [jailbreak.id, jailbreak]));

/** Throws RangeError for an id of another version of the probes. */
export function injectionById(id: string): InjectionTechnique {
  return known(injections.get(id), id);
}
/** Throws RangeError for an id of another version of the probes. */
export function jailbreakById(id: string): Jailbreak {
  return known(jailbreaks.get(id), id);
}

function known<T>(probe: T | undefined, id: string): T {
  if (probe === undefined) throw new RangeError(`no probe "${id}": the batch was planned by another version`);
  return probe;
}
