export {rollout} from '../../../workflows/rollout.ts';
export {lifecycle} from './lifecycle.ts';
