import {once} from 'node:events';

/** Says that this process is loaded and waits for the word, so that all of them start together. */
export async function gate(): Promise<void> {
  console.log('ready');
  await once(process.stdin, 'data');
  process.stdin.destroy();
}
