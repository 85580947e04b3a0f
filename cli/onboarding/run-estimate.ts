import type {RunEstimate} from '../../core/onboarding/estimate.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {say} from '../output.ts';
import type {Project} from '../../stack/project-file.ts';
import {projectTokenizer} from './base-tokenizer.ts';
import {dryCuration, LOOKED_AT} from './dry-curation.ts';
import {inspect} from './inspect.ts';
import {measuredRuns} from './measured-runs.ts';
import {pacedProgress} from './progress.ts';

/**
 * What a whole run is expected to take, as `validate` tells it. Null, and a line that says why, where rows or tokenizer cannot
 * be read: they may be there for the workers alone.
 */
export async function runEstimate(project: Project): Promise<RunEstimate | null> {
  const {config, folder} = project;
  try {
    const tokenizer = await projectTokenizer(config, folder);
    const dry = await dryCuration(project, LOOKED_AT, pacedProgress());
    return inspect(config, dry, tokenizer, await measuredRuns(project)).estimate;
  } catch (error) {
    if (!(error instanceof RatchetError)) throw error;
    say(`no estimate: ${error.message.split('\n')[0]}`);
    return null;
  }
}
