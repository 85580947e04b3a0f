import {ErrorType, RatchetError} from './errors.ts';
import {BASE} from './names.ts';
import type {ProjectConfig, Task} from './project.ts';
import type {BaseModel} from './release.ts';
import type {ResolvedProject} from './resolved-project.ts';

/** The names of a task's models in the order in which they are asked. */
export function modelsOfTask({model = BASE, fallback = []}: Pick<Task, 'model' | 'fallback'>): string[] {
  return [model, ...fallback];
}

/** Whether some task may ask the project's own base model. */
export function asksBase({tasks}: Pick<ProjectConfig, 'tasks'>): boolean {
  return Object.values(tasks).some((task) => modelsOfTask(task).includes(BASE));
}

/** The tasks that the base model answers first: those that a training is of. */
export function tasksOfBase<T extends Pick<Task, 'model'>>(
  tasks: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(Object.entries(tasks).filter(([, {model = BASE}]) => model === BASE));
}

/** Throws InvalidInput where no task asks the base model. */
export function baseOf({base}: Pick<ResolvedProject, 'base'>): BaseModel {
  if (base !== null) return base;
  throw new RatchetError(ErrorType.InvalidInput, 'tasks: expected one that the base model answers');
}
