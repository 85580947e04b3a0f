import {z} from 'zod';
import {curate} from './curate.ts';
import {gauntlet} from './gauntlet.ts';
import {sweep} from './sweep.ts';
import {train} from './train.ts';

/** Every stage whose result is found by its key. */
export const CACHED_STAGES = {curate, train, sweep, gauntlet} as const;

export const CachedStage = z.enum(Object.keys(CACHED_STAGES) as (keyof typeof CACHED_STAGES)[]);
export type CachedStage = z.infer<typeof CachedStage>;
