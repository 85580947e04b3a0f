import {assemble, type Measured} from '../../core/evaluation/assemble.ts';
import {metricCatalog} from '../../core/evaluation/gates/catalog.ts';
import type {ProjectConfig} from '../../schemas/project.ts';

/** Metrics and gates out of plain data, for a thread: a catalog holds functions, which cannot be sent to one. */
export function decideGates({
  tasks,
  price,
  ...measured
}: Omit<Measured, 'catalog'> & {
  readonly tasks: ProjectConfig['tasks'];
  /** Of an hour of the engine. */
  readonly price: number;
}): ReturnType<typeof assemble> {
  return assemble({...measured, catalog: metricCatalog(tasks, price)});
}
