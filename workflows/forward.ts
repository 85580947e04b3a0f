import type {LifecycleResult} from '../schemas/lifecycle.ts';
import type {LifecycleInput} from '../schemas/stage.ts';

/**
 * A workflow that starts, by and by, what starts it: imported there, the imports would be a circle. `startChild` takes the name
 * and the types from this; test/workflows/bundle.test.ts checks that a workflow of that name exists.
 */
function forward<Workflow extends (...args: never[]) => Promise<unknown>>(name: string): Workflow {
  const stub = (): Promise<never> => Promise.reject(new Error(`${name} is started as a child, not called`));
  return Object.defineProperty(stub, 'name', {value: name}) as unknown as Workflow;
}

export const lifecycle = forward<(input: LifecycleInput) => Promise<LifecycleResult>>('lifecycle');
