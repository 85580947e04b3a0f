/** The rollout's activities. */
export {analyseTraffic} from './analyse-traffic.ts';
export {endOrphanedRollout} from './end-orphaned-rollout.ts';
export {fallBack, openRollout, promote, rolloutStands, setShadow, setWeight} from './move-pointers.ts';
export {prepareEngines} from './prepare-engines.ts';
export {recordAct} from './record-act.ts';
