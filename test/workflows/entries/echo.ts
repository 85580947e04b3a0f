import {ApplicationFailure, setCurrentDetails} from '@temporalio/workflow';

/** Gives back what it was given; fails with it where it is asked to. */
export async function echo(given: {readonly text: string; readonly fail?: boolean}): Promise<{text: string}> {
  setCurrentDetails(given.text);
  if (given.fail) throw ApplicationFailure.nonRetryable(given.text, 'InvalidInput');
  return {text: given.text};
}
