import {existsSync, statSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {RatchetError} from '../schemas/errors.ts';
import {PACKAGE_ROOT} from '../stack/own-program.ts';
import {PROJECT_FILE, readProjectFile, type Project} from '../stack/project-file.ts';
import {knownProjects, rememberProject, usedHere} from './known-projects.ts';
import {say} from './output.ts';

/** Loads a project by name, folder or YAML file. Throws InvalidInput with a line for every problem. */
export function openProject(nameOrPath: string): Project {
  const project = readProjectFile(locate(nameOrPath));
  rememberProject(project.config.project, project.file);
  return project;
}

/** The one project of a command: what was named, else ./ratchet.yaml, else the one last used from this folder. */
export function chosenProject(named: string | undefined): Project {
  const project = openProject(named ?? chosenFile() ?? none());
  usedHere(project.file);
  return project;
}

/**
 * What a command's one argument names: a project, of which the newest is meant, or a part (a run, a release) of the chosen
 * project. Eight hex digits are a part, whatever projects are called.
 */
export function projectOrPart(
  named: string | undefined,
  option: string | undefined,
): {readonly project: Project; readonly part: string | undefined} {
  const isProject =
    named !== undefined && option === undefined && !PART.test(named) && found(named) !== undefined;
  return isProject
    ? {project: chosenProject(named), part: undefined}
    : {project: chosenProject(option), part: named};
}
const PART = /^[0-9a-f]{8,64}$/;

/** For commands that list: the chosen project if there is one, else all that are known. */
export function chosenProjects(named: string | undefined): Project[] {
  remarkMissingStore();
  const file = named ?? chosenFile();
  if (file !== undefined) return [openProject(file)];
  const all = knownProjects().filter((known) => isFile(known.file));
  if (all.length === 0) none();
  return all.flatMap((known) => {
    try {
      return [openProject(known.file)];
    } catch (error) {
      if (!(error instanceof RatchetError) || all.length === 1) throw error;
      say(`left out ${known.name}: ${error.message.split('\n')[0]}`);
      return [];
    }
  });
}

/** A store that was named by hand and is not there: "no run yet" alone would hide a slip of the pen. */
function remarkMissingStore(): void {
  const store = process.env['RATCHET_STORE'];
  const folder = store?.startsWith('file:///') ? fileURLToPath(store) : store;
  if (folder && path.isAbsolute(folder) && !existsSync(folder))
    say(`RATCHET_STORE names ${store}, and no folder is there: nothing was stored under that name`);
}

function chosenFile(): string | undefined {
  const here = path.resolve(PROJECT_FILE);
  if (isFile(here)) return here;
  const last = usedHere();
  return last !== undefined && isFile(last) ? last : undefined;
}

function none(): never {
  throw new RatchetError(
    'InvalidInput',
    `no project: name one (a name, a folder or a YAML file), or go to a folder with a ${PROJECT_FILE}`,
  );
}

function locate(nameOrPath: string): string {
  const file = found(nameOrPath);
  if (file !== undefined) return file;
  const asPath = path.resolve(nameOrPath);
  if (statSync(asPath, {throwIfNoEntry: false})?.isDirectory())
    throw new RatchetError(
      'InvalidInput',
      `${nameOrPath} has no ${PROJECT_FILE}: name a folder that has one, or the YAML file`,
    );
  const names = knownProjects().map((one) => one.name);
  const known = names.length > 0 ? ` (${names.join(', ')})` : '';
  throw new RatchetError(
    'InvalidInput',
    NAME.test(nameOrPath)
      ? `no project "${nameOrPath}": expected a folder, a YAML file, or the name of a project used before${known}`
      : `${nameOrPath} does not exist: expected a project's folder or YAML file`,
  );
}

/** The YAML file of a path, or of a project's name. */
function found(nameOrPath: string): string | undefined {
  const asPath = path.resolve(nameOrPath);
  const inFolder = path.join(asPath, PROJECT_FILE);
  const byPath = [asPath, inFolder].find(isFile);
  if (byPath !== undefined || !NAME.test(nameOrPath)) return byPath;
  const known = knownProjects().find((one) => one.name === nameOrPath && isFile(one.file));
  if (known) return known.file;
  const example = path.join(PACKAGE_ROOT, 'examples', nameOrPath, PROJECT_FILE);
  return isFile(example) ? example : undefined;
}
const NAME = /^[a-z][a-z0-9-]*$/;

function isFile(file: string): boolean {
  return statSync(file, {throwIfNoEntry: false})?.isFile() ?? false;
}
