import {existsSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {Option, type Command} from 'commander';
import {acting, define} from '../define.ts';
import {Exit} from '../output.ts';
import {PROJECT_FILE} from '../../stack/project-file.ts';
import {chosenProject} from '../project.ts';
import {PACKAGE_ROOT} from '../../stack/own-program.ts';
import {demo as run} from './demo.ts';
import {Interrupted} from './interruption.ts';

const EXAMPLES = path.join(PACKAGE_ROOT, 'examples');

interface DemoFlags {
  readonly example: string;
  readonly small?: boolean;
  readonly yes?: boolean;
  readonly json?: string;
}

/** `ratchet demo`: also `npm run demo`. */
export function demo(program: Command): void {
  define(program, 'demo', {
    what: 'take an example on real data through the whole lifecycle: data, training, gauntlet, approval, rollout, drift, retrain',
    examples: [
      'ratchet demo',
      'ratchet demo --example addresses',
      'ratchet demo --small --yes --json out.json',
    ],
    project: false,
    json: false,
  })
    .addOption(new Option('--example <name>', 'which example').choices(examples()).default('mail'))
    .addOption(
      new Option(
        '--small',
        'the example mail-small: 300 mails, a few steps, quality gates advisory',
      ).conflicts('example'),
    )
    .option('-y, --yes', 'approve with the demo key instead of asking')
    .option('--json <file>', 'write a summary for machines')
    .action(
      acting(async (options: DemoFlags) => {
        const project = chosenProject(path.join(EXAMPLES, options.small ? 'mail-small' : options.example));
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

/** Folders of the package's examples that hold a project. */
function examples(): string[] {
  return (existsSync(EXAMPLES) ? readdirSync(EXAMPLES) : [])
    .filter((name) => existsSync(path.join(EXAMPLES, name, PROJECT_FILE)))
    .sort();
}
