/**
 * The workflows as a versioned worker serves them. What is not named here is pinned, by the worker's own default: it ends
 * with the code it began with. A worker without versions takes index.ts, since Temporal refuses a behaviour from it.
 */
import {setWorkflowOptions} from '@temporalio/workflow';
import {monitor, startRetrain} from './index.ts';

export * from './index.ts';

// They move to a new version with their next task, so their changes go by `patched()`. The monitor never ends; what a Schedule
// starts is short, and should always be the newest.
for (const workflow of [monitor, startRetrain] as ((...args: never[]) => Promise<unknown>)[])
  setWorkflowOptions({versioningBehavior: 'AUTO_UPGRADE'}, workflow);
