export {planSweep} from './plan-sweep.ts';
export {recordSweep} from './record-sweep.ts';
