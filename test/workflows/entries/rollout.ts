export {rollout} from '../../../workflows/rollout.ts';
