import path from 'node:path';
import {pathToFileURL} from 'node:url';
import type {StackState} from '../../stack/stack-file.ts';
import {identify} from '../../host/process-identity.ts';

/** The state of a project's stack that seems to be up: this process is its supervisor. */
export function stackOf(folder: string, project: string, of: Partial<StackState> = {}): StackState {
  return {
    v: 1,
    status: 'ready',
    project,
    file: path.join(folder, 'ratchet.yaml'),
    store: pathToFileURL(path.join(folder, '.ratchet', 'store')).href,
    supervisor: identify(process.pid)!,
    at: new Date().toISOString(),
    reaper: null,
    pids: {},
    parts: {},
    temporal: '',
    namespace: 'default',
    ui: null,
    gateway: '',
    engines: [],
    ...of,
  };
}
