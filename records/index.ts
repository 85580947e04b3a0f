/** A project's records from its store: runs, releases, lineage and costs. */
export * from './records.ts';
export type * from './costs.ts';
export type * from './lineage.ts';
export type * from './releases.ts';
export type {RunRecord} from '../schemas/run.ts';
export {RatchetError} from '../schemas/errors.ts';
