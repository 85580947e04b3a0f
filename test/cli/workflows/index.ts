export {approval} from '../../../workflows/approval.ts';
export {rollout} from '../../../workflows/rollout.ts';
export {lifecycle} from './lifecycle.ts';
export {startRetrain} from './start-retrain.ts';
