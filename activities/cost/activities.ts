export {estimateStage} from './estimate-stage.ts';
