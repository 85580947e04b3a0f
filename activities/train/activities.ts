export {renderTrainingSet} from './render-training-set.ts';
export {trainAdapter} from './train-adapter.ts';
export {checkParity} from './check-parity.ts';
