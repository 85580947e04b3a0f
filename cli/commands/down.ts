import type {Command} from 'commander';
import {bringDown} from '../../stack/bring-down.ts';
import {liveFor} from '../../stack/live-stack.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, say} from '../output.ts';
import {chosenProject} from '../project.ts';

export function down(program: Command): void {
  define(program, 'down [project]', {
    what: 'stop the local stack; runs stay where they are and continue with the next `up`',
    examples: ['ratchet down', 'ratchet down mail'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const project = chosenProject(named ?? options.project);
      liveFor(project, {anyStore: true});
      const ended = await bringDown(project.folder, say);
      if (options.json) printJson({project: project.config.project, wasUp: ended !== undefined});
      else
        print(
          ended
            ? `the stack of ${project.config.project} is down`
            : `the stack of ${project.config.project} was not up`,
        );
      return Exit.done;
    }),
  );
}
