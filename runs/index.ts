/** A project's runs: start one as `ratchet run` does, and cancel one. */
export * from './cancel-run.ts';
export * from './connect-temporal.ts';
export * from './start-run.ts';
export {newRunId} from './run-id.ts';
export type {FromStage} from '../schemas/stage.ts';
export {RatchetError} from '../schemas/errors.ts';
