import {InvalidArgumentError} from 'commander';
import type {Command} from 'commander';
import {actor} from '../../stores/access/actor.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {projectTokenizer} from '../onboarding/base-tokenizer.ts';
import {dryCuration, LOOKED_AT} from '../onboarding/dry-curation.ts';
import {inspect} from '../onboarding/inspect.ts';
import {measuredRuns} from '../onboarding/measured-runs.ts';
import {pacedProgress} from '../onboarding/progress.ts';
import {shownInspection} from '../onboarding/show-inspection.ts';
import {Exit, print, printJson, say, styled} from '../output.ts';
import {chosenProject} from '../project.ts';
import {shown} from '../../stack/project-file.ts';
import {requireSources} from '../../stores/sources/require-sources.ts';
import {serviceOf, type ProjectConfig} from '../../schemas/project.ts';
import {kubernetesConnection} from '../../serving/clients/kubernetes/credentials.ts';
import {nobodyElse, whoMayApprove} from '../../runs/who-may-approve.ts';
import {ownCommand} from '../own-command.ts';

interface ValidateOptions extends CommonOptions {
  readonly rows: number;
}

export function validate(program: Command): void {
  define(program, 'validate [project]', {
    what: 'check a project without running it: its YAML, its rows as the model will see them, what its gates can decide, and an estimate of a run',
    examples: ['ratchet validate', 'ratchet validate tickets --rows 500'],
  })
    .option('--rows <n>', 'read at most this many records of each source', wholeNumber, LOOKED_AT)
    .action(
      acting(async (named: string | undefined, options: ValidateOptions) => {
        const project = chosenProject(named ?? options.project);
        const {config} = project;
        await requireSources([...config.sources, ...(config.replay?.sources ?? [])], project.folder);
        const progress = pacedProgress();
        const tokenizer = await projectTokenizer(config, project.folder);
        const inspected = inspect(
          config,
          await dryCuration(project, options.rows, progress),
          tokenizer,
          await measuredRuns(project),
        );
        const seen = {...inspected, warnings: [...inspected.warnings, ...(await clusterWarning(config))]};
        const approvers = await approverProblem(project);
        const problems = [...seen.problems, ...approvers];
        if (options.json) printJson({project: config.project, file: project.file, ...seen, problems});
        else {
          print(`${shown(project.file)} is valid\n`);
          print(shownInspection(seen, config.prices.currency));
          for (const warning of seen.warnings) print(`\n${styled('yellow', 'note')} ${warning}`);
        }
        for (const problem of problems) say(`problem: ${problem}`);
        if (problems.length === 0 && !options.json) print(`\nNow: ${ownCommand()} run ${config.project}`);
        return problems.length > 0 ? Exit.failed : Exit.done;
      }),
    );
}

/** Hours of work come before the approval: that nobody could give it is said now. */
async function approverProblem(project: ReturnType<typeof chosenProject>): Promise<string[]> {
  try {
    const may = await whoMayApprove(project);
    const nobody = nobodyElse(project, may, await actor(project));
    return nobody === undefined ? [] : [nobody];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Where the engines are found is a matter of where the project runs: no problem of its own. */
async function clusterWarning(config: ProjectConfig): Promise<string[]> {
  if (serviceOf(config) === null) return [];
  return kubernetesConnection().then(
    () => [],
    (error: Error) => [`engine.target.kubernetes: ${error.message}`],
  );
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0');
}
