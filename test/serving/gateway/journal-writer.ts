/** Keeps feedback one by one and says so after each: the test kills it in the middle. `journal-writer.ts FOLDER` */
import {FeedbackJournal} from '../../../serving/gateway/feedback-journal.ts';

const journal = await FeedbackJournal.open(process.argv[2]!, () => Promise.reject(new Error('no store')));
for (let i = 0; ; i++) {
  await journal.add({
    feedback: {
      v: 1,
      id: `feedback-${i}`,
      at: new Date().toISOString(),
      project: 'mail',
      trace: i.toString(16).padStart(32, '0'),
      rating: 1,
    },
    trace: null,
  });
  process.stdout.write(`${i}\n`);
}
