import {Connection} from '@temporalio/client';
import type {TestProject} from 'vitest/node';
import {resolveEnvironment} from '../../launcher/environment.js';
import {SEARCH_ATTRIBUTES} from '../../schemas/names.ts';
import {once} from './once.ts';
import {freePorts, startService} from './child-service.ts';
import type {ProvidedTemporal} from './services.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    temporal: ProvidedTemporal;
  }
}

/**
 * One Temporal dev server for the whole run, in memory, without UI, on a free port, with Ratchet's search
 * attributes. Started by hand since the SDK's `createLocal` gives it five seconds, which a busy machine exceeds.
 * `TEMPORAL_ADDRESS` names a server to use instead; its search attributes must be registered.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['TEMPORAL_ADDRESS'];
  if (given !== undefined && given !== '') {
    project.provide('temporal', {address: given});
    return undefined;
  }
  const binary = resolveEnvironment().temporal;
  if (binary === undefined) {
    project.provide('temporal', {
      unavailable: 'no Temporal server: `npm test` brings one, or set RATCHET_TEMPORAL or TEMPORAL_ADDRESS',
    });
    return undefined;
  }
  const {value: address, stop} = await once('temporal', () => startTemporal(binary));
  project.provide('temporal', {address});
  return stop;
}

async function startTemporal(binary: string): Promise<{value: string; stop: () => Promise<void>}> {
  const [port, httpPort, metricsPort] = await freePorts(3);
  const address = `127.0.0.1:${port}`;
  const service = await startService({
    name: 'Temporal server',
    command: binary,
    args: [
      'server',
      'start-dev',
      '--headless',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--http-port',
      String(httpPort),
      '--metrics-port',
      String(metricsPort),
      '--log-level',
      'error',
      // Each test has queues of its own; four partitions each would be an eighth of the server's work.
      ...['numTaskqueueReadPartitions=1', 'numTaskqueueWritePartitions=1'].flatMap((value) => [
        '--dynamic-config-value',
        `matching.${value}`,
      ]),
      // Minutes otherwise, until a version without runs is told so.
      ...[
        'VersionDrainageStatusRefreshInterval="1s"',
        'VersionDrainageStatusVisibilityGracePeriod="1s"',
      ].flatMap((value) => ['--dynamic-config-value', `matching.wv.${value}`]),
      ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => [
        '--search-attribute',
        `${name}=${type}`,
      ]),
    ],
    withinMs: 120_000,
    ready: async () => {
      const connection = await Connection.connect({address, connectTimeout: '2s'});
      try {
        await connection.workflowService.describeNamespace({namespace: 'default'});
      } finally {
        await connection.close();
      }
    },
  });
  return {value: address, stop: service.stop};
}
