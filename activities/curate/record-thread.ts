/** A thread of RecordReader: works on large records. */
import {workerData} from 'node:worker_threads';
import {
  RecordWorker,
  type RawRecord,
  type RecordPlace,
  type RecordSettings,
} from '../../core/curation/record-worker.ts';
import {answerJobs} from '../../threads/answer-jobs.ts';

export interface RecordThreadData {
  readonly settings: RecordSettings;
  readonly labelled: ReadonlySet<string>;
  readonly rowKey: Uint8Array;
}
export interface RecordJob {
  readonly planned: RawRecord;
  readonly content: unknown;
  readonly label: string | undefined;
  readonly place: RecordPlace;
}

const {settings, labelled, rowKey} = workerData as RecordThreadData;
const worker = new RecordWorker(settings, labelled, rowKey);
answerJobs(({planned, content, label, place}: RecordJob) => worker.process(planned, content, label, place));
