import {defineQuery, setCurrentDetails, setHandler} from '@temporalio/workflow';
import {PROGRESS, type Progress} from '../schemas/messages.ts';

/** A stage's own progress, for its `progress` query and the Temporal UI. */
export function showProgress(stage: string, total: number, unit: string) {
  let state: Progress = {stage, done: 0, total, unit, note: ''};
  setHandler(defineQuery<Progress>(PROGRESS), () => state);
  const show = () =>
    setCurrentDetails(`${state.done} of ${state.total} ${state.unit}${state.note ? `. ${state.note}` : ''}`);
  show();
  return {
    add(more: number, note = ''): void {
      state = {...state, done: state.done + more, note};
      show();
    },
  };
}
