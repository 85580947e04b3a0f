export {checkRung} from './check-rung.ts';
export {estimateStage} from './estimate-stage.ts';
