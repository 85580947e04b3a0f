/** The monitor's activities, and what makes a retrain ready. */
export {checkDrift} from './check-drift.ts';
export {monitorSettings} from './monitor-settings.ts';
export {pastRetrains} from './past-retrains.ts';
export {openCircuit} from './open-circuit.ts';
export {prepareRetrain} from './prepare-retrain.ts';
export {recordFailedRetrain} from './record-failed-retrain.ts';
export {recordDrift, recordNewData, recordReset} from './record-look.ts';
