import {MOMENTS, type Moment} from './moments.ts';
import {VICTIMS, type Victim} from './victims.ts';

/** What is done to one run. */
export type ChaosCase =
  | {readonly kind: 'at'; readonly name: string; readonly victim: Victim; readonly moment: Moment}
  | {readonly kind: 'random'; readonly name: string; readonly seed: string};

/** Every victim in every stage; a trainer runs in one only. */
export function matrix(): ChaosCase[] {
  return (Object.keys(VICTIMS) as Victim[]).flatMap((victim) =>
    MOMENTS.filter((moment) => victim !== 'trainer' || moment === 'train').map((moment) => ({
      ...{kind: 'at' as const, name: `${victim} in ${moment}`},
      ...{victim, moment},
    })),
  );
}

/** The n-th run of the campaign of random kills. */
export function randomCase(seed: string, n: number): ChaosCase {
  return {kind: 'random', name: `random ${n}`, seed: `${seed}/${n}`};
}
