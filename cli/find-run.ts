import {RatchetError} from '../schemas/errors.ts';
import type {RunRecord} from '../schemas/run.ts';
import type {Stores} from '../stores/stores.ts';
import {collect} from './show.ts';

/** The project that a whole run ID names: `lifecycle/PROJECT/…`. */
export function projectOfRun(run: string | undefined): string | undefined {
  return /^lifecycle\/([^/]+)\//.exec(run ?? '')?.[1];
}

/** What a person calls a run: its part behind the project. */
export function runName(id: string): string {
  return id.split('/').at(-1)!;
}

/**
 * The ID of a run, from the whole of it, its last part, the beginning of that (≥ 8 characters), its random end, or
 * nothing for the latest one. A whole ID is taken as it is: a run just started is not in the store yet.
 * Throws InvalidInput if there is none, or several.
 */
export async function findRun(stores: Stores, project: string, text: string | undefined): Promise<string> {
  if (text?.startsWith('lifecycle/')) return text;
  const runs = await collect(stores.registry.runs(project));
  if (text === undefined) {
    const latest = runs.at(-1);
    if (latest) return latest.id;
    throw new RatchetError(
      'InvalidInput',
      `${project} has no run yet: start one with ratchet run ${project}`,
    );
  }
  const exact = runs.filter(({id}) => runName(id) === text);
  const fit = exact.length > 0 ? exact : runs.filter(({id}) => fits(runName(id), text));
  if (fit.length === 1) return fit[0]!.id;
  throw new RatchetError(
    'InvalidInput',
    fit.length === 0
      ? `no run "${text}" of ${project}: \`ratchet runs\` lists them`
      : `"${text}" could be ${fit
          .slice(0, 8)
          .map(({id}) => runName(id))
          .join(', ')}: give more of the run`,
  );
}

function fits(name: string, text: string): boolean {
  return (text.length >= 8 && name.startsWith(text)) || name.endsWith(`-${text}`);
}

/** As findRun, but the run must be in the store. */
export async function findRunRecord(
  stores: Stores,
  project: string,
  text: string | undefined,
): Promise<RunRecord> {
  const id = await findRun(stores, project, text);
  const record = await stores.registry.run(project, id);
  if (record) return record;
  throw new RatchetError('InvalidInput', `no run "${id}" of ${project}: \`ratchet runs\` lists them`);
}
