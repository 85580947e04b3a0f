export {renderTrainingSet} from './render-training-set.ts';
export {trainAdapter, trainRung} from './train-adapter.ts';
export {checkParity} from './check-parity.ts';
