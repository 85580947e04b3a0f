import {threadId} from 'node:worker_threads';
import {answerJobs} from '../../threads/answer-jobs.ts';

export type TestJob =
  | {readonly kind: 'echo'; readonly text: string}
  | {readonly kind: 'thread' | 'endless' | 'expression' | 'memory' | 'doubling' | 'throws'};

answerJobs((job: TestJob) => {
  switch (job.kind) {
    case 'echo':
      return job.text;
    case 'thread':
      return `thread ${threadId}`;
    case 'endless':
      for (;;);
    case 'expression':
      return String(/^(a+)+$/.test(`${'a'.repeat(60)}b`));
    case 'memory': {
      const all: string[][] = [];
      for (;;) all.push(Array.from({length: 100_000}, (_, i) => `text ${i} of ${all.length}`));
    }
    case 'doubling': {
      const all: object[] = [];
      for (;;) all.push({});
    }
    case 'throws':
      throw new Error('as the test says');
  }
});
