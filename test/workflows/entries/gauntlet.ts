/** The gauntlet alone: its activities are the test's. */
export {gauntlet} from '../../../workflows/gauntlet.ts';
