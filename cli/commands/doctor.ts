import type {Command} from 'commander';
import {RatchetError} from '../../schemas/errors.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {fail, warn, type Checked} from '../doctor/check.ts';
import {CheckProgress} from '../doctor/check-progress.ts';
import {checkMachine} from '../doctor/machine.ts';
import {checkProject} from '../doctor/project.ts';
import {Exit, print, printJson, styled, type Style} from '../output.ts';
import {chosenProject} from '../project.ts';
import type {Project} from '../../stack/project-file.ts';

const COLOUR: Readonly<Record<Checked['state'], Style>> = {ok: 'green', warn: 'yellow', fail: 'red'};

export function doctor(program: Command): void {
  define(program, 'doctor [project]', {
    what: 'check everything a run needs, and say what to do about problems; exits with 1 if a run would fail',
    examples: ['ratchet doctor', 'ratchet doctor tickets --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const {project, problem} = open(named ?? options.project);
      const progress = new CheckProgress();
      const embedded = project === undefined || project.config.engine.target === 'embedded';
      const checks = [
        ...(await checkMachine(process.env, embedded, progress.checking)),
        ...(project ? await checkProject(project, progress.checking) : []),
        ...(problem ? [problem] : []),
      ];
      progress.end();
      if (options.json) printJson(checks);
      else for (const check of checks) print(line(check));
      return checks.some(({state}) => state === 'fail') ? Exit.failed : Exit.done;
    }),
  );
}

function line(check: Checked): string {
  const head = `${styled(COLOUR[check.state], check.state.padEnd(4))}  ${check.name}: ${check.found}`;
  return check.state === 'ok' ? head : `${head}\n      → ${check.do}`;
}

/** Without a project the machine is looked at alone; a YAML that does not hold is a finding like others. */
function open(named: string | undefined): {project?: Project; problem?: Checked} {
  try {
    return {project: chosenProject(named)};
  } catch (error) {
    if (!(error instanceof RatchetError)) throw error;
    const [first] = error.message.split('\n');
    return {
      problem:
        named === undefined && first!.startsWith('no project')
          ? warn(
              'ratchet.yaml',
              'no project here',
              '`ratchet init FOLDER --from FILE` makes one; then `ratchet doctor FOLDER`',
            )
          : fail(
              'ratchet.yaml',
              error.message.split('\n').join('; '),
              'correct it; `ratchet validate` says when it holds',
            ),
    };
  }
}
