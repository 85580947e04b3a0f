/** A thread of RequestReader: reads what may take long. */
import {workerData} from 'node:worker_threads';
import {answerJobs} from '../../threads/answer-jobs.ts';
import {read, type Reading} from './reading.ts';
import {yieldToRequests} from './thread-priority.ts';

const key = workerData as Uint8Array;
yieldToRequests();
answerJobs((reading: Reading) => read(reading, key));
