/** A thread of RequestReader: reads what may take long. */
import {workerData} from 'node:worker_threads';
import {answerJobs} from '../../threads/answer-jobs.ts';
import {read, readCorrection, type Read, type Reading} from './reading.ts';
import {yieldToRequests} from './thread-priority.ts';

const key = workerData as Uint8Array;
yieldToRequests();
/** A correction is a text. */
answerJobs((job: Reading | string): Promise<Read> | string =>
  typeof job === 'string' ? readCorrection(job, key) : read(job, key),
);
