import {CancellationScope, condition, defineSignal, setHandler} from '@temporalio/workflow';
import {JOIN, LEAVE} from '../schemas/messages.ts';

/** Runs a stage's body as long as at least one run waits for it; when the last one has left, the body is cancelled. */
export async function whileWaitedFor<T>(first: string, body: () => Promise<T>): Promise<T> {
  const waiters = new Set([first]);
  setHandler(defineSignal<[string]>(JOIN), (waiter) => void waiters.add(waiter));
  setHandler(defineSignal<[string]>(LEAVE), (waiter) => void waiters.delete(waiter));
  const scope = new CancellationScope();
  const watch = new CancellationScope();
  const abandoned = watch.run(() => condition(() => waiters.size === 0).then(() => scope.cancel()));
  abandoned.catch(() => undefined);
  try {
    return await scope.run(body);
  } finally {
    watch.cancel();
  }
}
