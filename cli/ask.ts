import {confirm, isCancel} from '@clack/prompts';
import {visible} from '../telemetry/visible.ts';

/** A question before something that counts. Without a terminal there is nobody to ask: the call itself is the answer. */
export async function sure(question: string, yes: boolean | undefined): Promise<boolean> {
  if (yes || !process.stdin.isTTY || !process.stderr.isTTY) return true;
  const answer = await confirm({message: visible(question), output: process.stderr});
  return !isCancel(answer) && answer;
}
