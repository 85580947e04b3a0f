import {Connection, isGrpcServiceError} from '@temporalio/client';
import type {ConnectionOptions} from '@temporalio/client';
import {loadClientConnectConfig} from '@temporalio/envconfig';
import {RatchetError} from '../schemas/errors.ts';
import {NAMESPACE_DEFAULT, SEARCH_ATTRIBUTES} from '../schemas/names.ts';
import {liveFor} from './live-stack.ts';
import type {Project} from './project-file.ts';
import {writeAtomically} from './stack-file.ts';
import type {StackState} from './stack-file.ts';

/** Where Temporal is and how to connect to it. */
export interface TemporalAccess {
  readonly address: string;
  readonly namespace: string;
  readonly options: ConnectionOptions;
}

/**
 * The user's own cluster, where Temporal's variables name one: TEMPORAL_ADDRESS, or a profile (TEMPORAL_PROFILE,
 * TEMPORAL_CONFIG_FILE) with an address. Undefined: a local server of our own.
 */
export function externalTemporal(): TemporalAccess | undefined {
  const named = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some(
    (name) => process.env[name],
  );
  if (!named) return undefined;
  const {connectionOptions, namespace} = loadClientConnectConfig();
  if (!connectionOptions.address) return undefined;
  return {
    address: connectionOptions.address,
    namespace: namespace ?? NAMESPACE_DEFAULT,
    options: connectionOptions,
  };
}

/** A server of our own at this address: nothing of the user's profiles applies to it. */
export function localTemporal(address: string): TemporalAccess {
  return {address, namespace: NAMESPACE_DEFAULT, options: {address}};
}

/**
 * The same for the environment of a worker, which reads Temporal's own variables. `profileFile` is written: a profile
 * that says nothing but the address, since the user's own default profile could ask for TLS or an API key.
 */
export function temporalEnvironment(
  access: TemporalAccess,
  external: boolean,
  profileFile: string,
): Record<string, string | undefined> {
  if (external) return {};
  const {address, namespace} = access;
  const profile = `[profile.default]\naddress = "${address}"\nnamespace = "${namespace}"\n`;
  writeAtomically(profileFile, profile);
  return {TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, TEMPORAL_CONFIG_FILE: profileFile};
}

/** How to reach the Temporal that a live stack uses. */
export function accessOf(state: StackState): TemporalAccess {
  return state.ui === null
    ? (externalTemporal() ?? localTemporal(state.temporal))
    : localTemporal(state.temporal);
}

/**
 * How to reach the Temporal that a project's stack uses, else the user's own cluster. Throws Unavailable, in one line that says
 * what to do, if there is neither.
 */
export function accessFor(project: Project): TemporalAccess {
  const live = liveFor(project);
  const access = live ? accessOf(live) : externalTemporal();
  if (access) return access;
  const name = project.config.project;
  throw new RatchetError('Unavailable', `the stack of ${name} is down: start it with \`ratchet up ${name}\``);
}

export function awayFrom(access: TemporalAccess, {config}: Project, cause: unknown): RatchetError {
  return new RatchetError(
    'Unavailable',
    `Temporal at ${access.address} does not answer: see \`ratchet up ${config.project}\` and its logs in .ratchet/logs`,
    {cause},
  );
}

const connections = new Map<string, Promise<Connection>>();

/** One connection an address for the life of the process; gRPC reconnects by itself when the server comes back. */
export async function connected(access: TemporalAccess): Promise<Connection> {
  const known = connections.get(access.address);
  if (known) return known;
  const made = Connection.connect({...access.options, connectTimeout: '3s'});
  connections.set(access.address, made);
  made.catch(() => connections.delete(access.address));
  return made;
}

/** So that the process can end. */
export async function closeConnections(): Promise<void> {
  const open = [...connections.values()];
  connections.clear();
  for (const connection of await Promise.allSettled(open))
    if (connection.status === 'fulfilled') await connection.value.close();
}

const INDEXED_VALUE_TYPE = {Keyword: 2} as const;
/** gRPC: permission denied, unimplemented, unauthenticated. */
const REFUSED: readonly number[] = [7, 12, 16];

/** The search attributes that a namespace lacks; null where the server does not tell, as Temporal Cloud. */
export async function missingSearchAttributes(access: TemporalAccess): Promise<string[] | null> {
  const {operatorService} = await connected(access);
  try {
    const {customAttributes} = await operatorService.listSearchAttributes({namespace: access.namespace});
    return Object.keys(SEARCH_ATTRIBUTES).filter((name) => !(name in customAttributes));
  } catch (error) {
    if (isGrpcServiceError(error) && REFUSED.includes(error.code)) return null;
    throw error;
  }
}

/**
 * Registers the search attributes that a cluster lacks. Where only an operator may do so (Temporal Cloud, or a cluster
 * with roles), returns the names that are missing, as far as the server tells; else none.
 */
export async function registerSearchAttributes(access: TemporalAccess): Promise<string[]> {
  const missing = await missingSearchAttributes(access);
  if (missing === null || missing.length === 0) return [];
  const wanted = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => missing.includes(name));
  const searchAttributes = Object.fromEntries(wanted.map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]));
  const {operatorService} = await connected(access);
  await operatorService
    .addSearchAttributes({namespace: access.namespace, searchAttributes})
    .catch((error: unknown) => {
      if (!isGrpcServiceError(error)) throw error;
    });
  return (await missingSearchAttributes(access)) ?? [];
}
