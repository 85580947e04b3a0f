import {confirm, isCancel} from '@clack/prompts';
import {visible} from '../telemetry/visible.ts';

/** Whether somebody is there who can be asked. */
export function isAttended(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * A question before something that counts; `byDefault` is what Enter alone means. Without a terminal there is nobody to ask:
 * the call itself is the answer.
 */
export async function sure(
  question: string,
  yes: boolean | undefined,
  {byDefault = true}: {readonly byDefault?: boolean} = {},
): Promise<boolean> {
  if (yes || !isAttended()) return true;
  const answer = await confirm({
    message: visible(question),
    output: process.stderr,
    initialValue: byDefault,
  });
  return !isCancel(answer) && answer;
}
