import {say} from '../output.ts';
import type {Interruption} from './interruption.ts';
import {ownCommand} from '../own-command.ts';

/** Says where to look. A stack that the demo started is up until a signal comes; another one stays up anyway. */
export async function lookAround(
  {gateway, project, task}: {readonly gateway: string; readonly project: string; readonly task: string},
  {ours, interruption}: {readonly ours: boolean; readonly interruption: Pick<Interruption, 'told'>},
): Promise<void> {
  say(`gateway: ${gateway}/v1, model ${project}/${task}`);
  if (!ours) {
    say(`the stack was up before and stays up: \`${ownCommand()} down ${project}\` ends it`);
    return;
  }
  say('the stack stays up for a look around; Ctrl-C ends it');
  await interruption.told();
}
