import {readFile} from 'node:fs/promises';
import {RatchetError} from '../schemas/errors.ts';
import {problemLine, readProject} from '../schemas/load-project.ts';
import type {ProjectConfig} from '../schemas/project.ts';
import type {ActivityContext} from './context.ts';

/**
 * The project as its ratchet.yaml says now, not as it was when a run began: who may approve, how many must, when to look
 * again. Throws InvalidInput if the file cannot be read, does not hold, or is another project's.
 */
export async function currentProject(
  {file}: Pick<ActivityContext, 'file'>,
  project: string,
): Promise<ProjectConfig> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new RatchetError('InvalidInput', `cannot read ${file} (${cause.code})`, {cause});
  });
  const loaded = readProject(text);
  if (!loaded.ok) {
    throw new RatchetError('InvalidInput', loaded.problems.map((one) => problemLine(file, one)).join('; '));
  }
  if (loaded.config.project !== project) {
    throw new RatchetError(
      'InvalidInput',
      `${file} is of project ${loaded.config.project}, expected ${project}`,
    );
  }
  return loaded.config;
}
