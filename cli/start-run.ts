import type {Client} from '@temporalio/client';
import {beginRun} from '../runs/begin-run.ts';
import {newRunId} from '../runs/run-id.ts';
import type {RunPart} from '../schemas/stage.ts';
import type {Project} from '../stack/project-file.ts';
import type {Actor} from '../stores/access/actor.ts';
import type {Stores} from '../stores/stores.ts';
import {traceRun} from '../telemetry/run-trace.ts';

/** Starts a run by hand, in a trace of its own where somebody asks for traces; returns its ID. */
export async function startRun(
  client: Client,
  stores: Stores,
  project: Project,
  by: Actor,
  part: RunPart = {},
): Promise<string> {
  const {project: name} = project.config;
  const run = newRunId(name);
  await traceRun(client, {project: name, run}, (traced) =>
    beginRun(traced, {stores, project, by, run, ...part}),
  );
  return run;
}
