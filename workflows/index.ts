/** Every workflow type, by the name it is started with. */
export {adopt} from './adopt.ts';
export {approval} from './approval.ts';
export {curate} from './curate.ts';
export {curateShards} from './curate-shards.ts';
export {gauntlet} from './gauntlet.ts';
export {lifecycle} from './lifecycle.ts';
export {monitor} from './monitor.ts';
export {notify} from './notify.ts';
export {retrain} from './retrain.ts';
export {rollout} from './rollout.ts';
export {startRetrain} from './start-retrain.ts';
export {sweep} from './sweep.ts';
export {train} from './train.ts';
export {trial} from './trial.ts';
