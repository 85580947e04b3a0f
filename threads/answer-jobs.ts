import {parentPort} from 'node:worker_threads';
import type {FromThread, ToThread} from './deadline-threads.ts';

/** In a thread of DeadlineThreads: does each job that comes, one after another, and says when it can begin. */
export function answerJobs<Job>(work: (job: Job) => unknown): void {
  const port = parentPort!;
  const say = (message: FromThread): void => port.postMessage(message);
  port.on('message', ({number, job}: ToThread) => {
    void (async () => {
      try {
        say({number, value: await work(job as Job)});
      } catch (error) {
        say({number, error: error instanceof Error ? error.message : String(error)});
      }
    })();
  });
  say({ready: true});
}
