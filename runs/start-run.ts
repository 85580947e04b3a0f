import {WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client} from '@temporalio/client';
import {RatchetError} from '../schemas/errors.ts';
import {FROM_STAGES, ONLY_PARTS, type FromStage, type OnlyPart} from '../schemas/stage.ts';
import {projectIn, type Project} from '../stack/project-file.ts';
import {projectStores} from '../stack/project-stores.ts';
import type {Signer} from '../client/signer.ts';
import {dataConverter} from '../temporal/payload-codec/data-converter.ts';
import {answered} from './answered.ts';
import {beginRun} from './begin-run.ts';
import {readyToStart} from './ready-to-start.ts';
import {checkRunId, newRunId} from './run-id.ts';

export interface StartRunOptions {
  /** A client of the Temporal that the project's workers use, as `connectTemporal` makes it. */
  readonly client: Client;
  /** The run's ID, by `newRunId`: a call that is repeated with it starts nothing twice. Without it, each call starts a run. */
  readonly run?: string | undefined;
  /** Begin at this stage, `train` or `gauntlet`, with the dataset (and for `gauntlet` the adapter) of the last run. */
  readonly from?: FromStage | undefined;
  /** `prompts`: a candidate with the data and the adapter of the stable release, whose prompts alone differ. */
  readonly only?: OnlyPart | undefined;
  /**
   * Who starts it: the name of a key of `ratchet keys list`, or a signer, such as `signerFromPem(pem)` of
   * `ratchet-llmops/client`. Without it as for the commands: the key file of `RATCHET_KEY`, else the only key of this user, else
   * nobody's, which a project that names people refuses.
   */
  readonly key?: string | Signer | undefined;
}

export interface StartedRun {
  /** Its ID, which `RunsClient.follow` takes. */
  readonly run: string;
  /** `already_started`: a run with this ID is there, and is left as it is, whatever settings it began with. */
  readonly status: 'started' | 'already_started';
  /** What may keep the run from its end, such as that nobody else may approve it: one line each. */
  readonly warnings: readonly string[];
}

/**
 * Starts a run of the project whose ratchet.yaml is in `folder`, with the same checks as `ratchet run`: the YAML, files of the
 * sources, people who may approve, the right of who starts it. It brings up no stack: the run waits for the project's workers.
 *
 * Throws RatchetErrors, with what to do in the message: InvalidInput (a YAML that cannot be used, with a line for each problem;
 * no file of a source; no key), NotPermitted (who may not start a run), Unavailable (store or Temporal do not answer; whether the
 * run was started is then not known, so repeat the call with the `run` that the message names).
 *
 * @example
 * const client = await connectTemporal('tickets'); // the folder of ratchet.yaml
 * const {run} = await startRun('tickets', {client});
 * for await (const {status} of new RunsClient({client}).follow(run)) console.log(status);
 */
export async function startRun(
  folder: string,
  {client, run: given, from, only, key}: StartRunOptions,
): Promise<StartedRun> {
  const project = projectIn(folder);
  const {project: name} = project.config;
  if (only !== undefined && !ONLY_PARTS.includes(only))
    throw new RatchetError(
      'InvalidInput',
      `only: expected ${ONLY_PARTS.join(' or ')}, got ${JSON.stringify(only)}`,
    );
  if (only !== undefined && from !== undefined)
    throw new RatchetError('InvalidInput', 'from: expected none with only, which keeps the data of stable');
  if (from !== undefined && !FROM_STAGES.includes(from))
    throw new RatchetError(
      'InvalidInput',
      `from: expected ${FROM_STAGES.join(' or ')}, got ${JSON.stringify(from)}`,
    );
  if (given !== undefined) checkRunId(given, name);
  refuseUnencrypted(client);
  const run = given ?? newRunId(name);
  const unknown = `${run} may have been started, so repeat the call with it as \`run\``;
  const alreadyStarted: StartedRun = {run, status: 'already_started', warnings: []};
  if (given !== undefined && (await answered(() => isThere(client, project, run), unknown)))
    return alreadyStarted;
  const warnings: string[] = [];
  const {stores, by} = await readyToStart(project, {
    key,
    part: {from, only},
    warn: (line) => warnings.push(line),
  });
  try {
    await answered(() => beginRun(client, {stores, project, by, run, from}), unknown);
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return alreadyStarted;
    throw error;
  }
  return {run, status: 'started', warnings};
}

/** Temporal forgets runs that ended long ago, the store does not. */
async function isThere(client: Client, project: Project, run: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(run).describe();
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  const {registry} = await projectStores(project);
  return (await registry.run(project.config.project, run)) !== null;
}

/** Throws InvalidInput for a client that would send in the clear what this process has keys to encrypt with. */
function refuseUnencrypted({options}: Client): void {
  if (dataConverter() === undefined || options.loadedDataConverter.payloadCodecs.length > 0) return;
  throw new RatchetError(
    'InvalidInput',
    'client: RATCHET_CODEC_KEYS is set, and this client does not encrypt: make it with connectTemporal, or with dataConverter() of ratchet-llmops/client',
  );
}
