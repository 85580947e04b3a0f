import type {Client} from '@temporalio/client';
import {WorkflowExecutionAlreadyStartedError} from '@temporalio/common';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {overBudget} from '../../../activities/cost/over-budget.ts';
import {noticeText} from '../../../core/notify/message.ts';
import type {NotifyInput} from '../../../schemas/notify.ts';
import {projectOf, type TestProject} from '../../workflows/project-of.ts';

const RUN = 'lifecycle/mail/20261126T000000Z-aaaaaa';
const reason = '5 of 5 USD are spent (budget.run): the training stopped at its checkpoint of step 7';

let project: TestProject;
beforeEach(async () => {
  project = await projectOf('mail', {
    notify: [
      {url: 'https://chat.example/budget', secret_env: 'SECRET', events: ['budget']},
      {url: 'https://chat.example/drift', secret_env: 'SECRET', events: ['drift']},
    ],
  });
});
afterEach(() => project.remove());

it('tells who asked for it, once a run, and ends the work', async () => {
  const told = new Map<string, NotifyInput>();
  const workflow = {
    start: (type: string, options: {workflowId: string; args: [NotifyInput]}) => {
      if (told.has(options.workflowId))
        return Promise.reject(new WorkflowExecutionAlreadyStartedError('', options.workflowId, type));
      told.set(options.workflowId, options.args[0]);
      return Promise.resolve();
    },
  };
  const context = {...project.context, client: () => Promise.resolve({workflow} as unknown as Client)};
  const stop = () =>
    overBudget({project: 'mail', run: RUN, workflow: 'train/mail/0a1b2c3d4e5f', reason}, context);
  const error = {type: 'BudgetExceeded', retryable: false, message: reason};
  await expect(stop()).rejects.toMatchObject(error);
  await expect(stop()).rejects.toMatchObject(error);

  const [{notice, url}, ...others] = [...told.values()] as [NotifyInput, ...NotifyInput[]];
  expect(others).toEqual([]);
  expect(url).toBe('https://chat.example/budget');
  expect(notice).toMatchObject({id: `budget/${RUN}`, event: 'budget', facts: {run: RUN, reason}});
  expect(noticeText(notice)).toBe(`mail: the budget does not suffice: ${reason}`);
});
