import {defineSearchAttributeKey} from '@temporalio/common';
import type {SearchAttributeUpdatePair} from '@temporalio/common';
import type {Stage, Verdict} from '../schemas/names.ts';

const PROJECT = defineSearchAttributeKey('RatchetProject', 'KEYWORD');
const STAGE = defineSearchAttributeKey('RatchetStage', 'KEYWORD');
const DATASET = defineSearchAttributeKey('RatchetDataset', 'KEYWORD');
const RELEASE = defineSearchAttributeKey('RatchetRelease', 'KEYWORD');
const VERDICT = defineSearchAttributeKey('RatchetVerdict', 'KEYWORD');

export interface Attributes {
  readonly project?: string;
  readonly stage?: Stage;
  readonly dataset?: string;
  readonly release?: string;
  readonly verdict?: Verdict;
}

/**
 * What the Temporal UI can search a run by, for `upsertSearchAttributes`. Digests are whole: `STARTS_WITH` finds them by
 * a prefix.
 */
export function ratchetAttributes({
  project,
  stage,
  dataset,
  release,
  verdict,
}: Attributes): SearchAttributeUpdatePair[] {
  return [
    ...(project === undefined ? [] : [{key: PROJECT, value: project}]),
    ...(stage === undefined ? [] : [{key: STAGE, value: stage}]),
    ...(dataset === undefined ? [] : [{key: DATASET, value: dataset}]),
    ...(release === undefined ? [] : [{key: RELEASE, value: release}]),
    ...(verdict === undefined ? [] : [{key: VERDICT, value: verdict}]),
  ];
}
