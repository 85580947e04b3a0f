/** A project's records from its store: runs, releases, lineage and costs. */
export * from './records.ts';
export type {Compared, CostGroup, Costs} from './costs.ts';
export type {DatasetLineage, Lineage, ReleaseApproval, ReleaseLineage} from './lineage.ts';
export type {ReleaseDiff} from '../core/releases/release-diff.ts';
export type {ListedRelease} from './releases.ts';
export type {RunRecord} from '../schemas/run.ts';
export {RatchetError} from '../schemas/errors.ts';
