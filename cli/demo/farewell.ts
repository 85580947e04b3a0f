import {ownCommand} from '../own-command.ts';

/** A demo that ends before its run has. */
export interface Left {
  readonly project: string;
  /** The ID of the run that goes on; null if none does. */
  readonly run: string | null;
  /** This demo started the stack, so it is this demo's to end. */
  readonly ours: boolean;
}

/** What goes on after a signal has ended the demo, and how to come back to it, one line each. */
export function interruptedLines({project, run, ours}: Left): string[] {
  const later = run && [
    `\`${ownCommand()} watch ${run}\` follows it`,
    `\`${ownCommand()} cancel ${run}\` ends it`,
  ];
  if (ours)
    return later
      ? [
          `the run rests with the stack; \`${ownCommand()} up ${project} --detach\` lets it go on, then ${later.join(', ')}`,
        ]
      : [];
  return [
    `the stack was up before and stays up: \`${ownCommand()} down ${project}\` ends it`,
    ...(later ? [`the run goes on: ${later.join(', ')}`] : []),
  ];
}

/** After a question was left: the run needs the stack to go on, so it stays, whoever started it. */
export function unansweredLines({project, run}: Left): string[] {
  return [
    `the stack stays up for it: \`${ownCommand()} down ${project}\` ends it`,
    ...(run
      ? [`\`${ownCommand()} watch ${run}\` follows the run, \`${ownCommand()} cancel ${run}\` ends it`]
      : []),
  ];
}
