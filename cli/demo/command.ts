import path from 'node:path';
import type {Command} from 'commander';
import {acting, define} from '../define.ts';
import {Exit} from '../output.ts';
import {chosenProject} from '../project.ts';
import {PACKAGE_ROOT} from '../../stack/own-program.ts';
import {demo as run} from './demo.ts';
import {Interrupted} from './interruption.ts';

/** `ratchet demo`: also `npm run demo`. */
export function demo(program: Command): void {
  define(program, 'demo', {
    what: 'take real mail through the whole lifecycle: data, training, gauntlet, approval, rollout, drift, retrain',
    examples: ['ratchet demo', 'ratchet demo --small --yes --json out.json'],
    project: false,
    json: false,
  })
    .option('--small', 'the whole loop in a few minutes: 300 mails, a few steps, quality gates advisory')
    .option('-y, --yes', 'approve with the demo key instead of asking')
    .option('--json <file>', 'write a summary for machines')
    .action(
      acting(async (options: {readonly small?: boolean; readonly yes?: boolean; readonly json?: string}) => {
        const project = chosenProject(
          path.join(PACKAGE_ROOT, 'examples', options.small ? 'mail-small' : 'mail'),
        );
        try {
          return await run(project, {
            yes: options.yes ?? false,
            ...(options.json === undefined ? {} : {json: options.json}),
          });
        } catch (error) {
          if (!(error instanceof Interrupted)) throw error;
          // What was left in the middle would wait for the stack, for minutes.
          process.exit(Exit.failed);
        }
      }),
    );
}
