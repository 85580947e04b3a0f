import {randomUUID} from 'node:crypto';
import {stat} from 'node:fs/promises';
import {createServer} from 'node:net';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {listKeys, loadKey} from '../../stores/access/keys.ts';
import {openStore} from '../../stores/objects/open-store.ts';
import {liveFor} from '../../stack/live-stack.ts';
import {SEARCH_ATTRIBUTES} from '../../schemas/names.ts';
import {serviceOf} from '../../schemas/project.ts';
import {serviceEndpoints} from '../../serving/clients/kubernetes/service-endpoints.ts';
import {answersHttp, answersTemporal} from '../../stack/health.ts';
import {
  accessOf,
  closeConnections,
  externalTemporal,
  missingSearchAttributes,
  type TemporalAccess,
} from '../../stack/temporal.ts';
import {resolveEnvironment} from '../../launcher/environment.js';
import type {Project} from '../../stack/project-file.ts';
import {whoMayApprove} from '../../runs/who-may-approve.ts';
import {checked, fail, ok, warn, type Checked} from './check.ts';
import type {Checking} from './check-progress.ts';
import {checkDisk} from './machine.ts';
import {ownCommand} from '../own-command.ts';

/** What this project needs beside the machine: store, clock, Temporal, ports, keys. */
export async function checkProject(project: Project, checking: Checking): Promise<Checked[]> {
  return [
    ok('ratchet.yaml', `${project.file}: project ${project.config.project}`),
    ...(await checking(`the store ${project.store}`, () => checkStore(project))),
    ...(await checking('Temporal', () => checkTemporal(project))),
    ...(await checking('ports', () => checkPorts(project))),
    ...(await checking('engines', () => checkEngines(project))),
    await checking('the row key', () => checkRowKey(project)),
    await checking('keys of the approvers', () => checkApprovers(project)),
  ];
}

async function checkStore({store: url}: Project): Promise<Checked[]> {
  const local = url.startsWith('file:');
  const todo = local
    ? 'make sure that the folder is writable, or set RATCHET_STORE'
    : 'check the address in RATCHET_STORE, the credentials (as the AWS SDK finds them) and the rights on the bucket; it needs conditional writes';
  const writable = await checked('store', todo, async () => {
    await (await openStore(url)).probe();
    return ok('store', `${url} can be written and honours conditional writes`);
  });
  if (writable.state !== 'ok') return [writable];
  return [
    writable,
    await checkClock(url),
    ...(local ? [await checkDisk('disk of the store', fileURLToPath(url))] : []),
  ];
}

/** Beyond this, decisions expire early or late; S3 refuses requests that are 15 minutes off. */
const SKEW_WARN_S = 5;
const SKEW_FAIL_S = 300;

/** This machine's clock against the store's: when it says that an object was written, and when it was. */
async function checkClock(url: string): Promise<Checked> {
  const name = 'clock';
  return checked(name, 'check that the store answers', async () => {
    const store = await openStore(url);
    const key = `probe/${randomUUID()}`;
    const before = Date.now();
    try {
      await store.put(key, 'clock');
      const after = Date.now();
      const written = (await store.head(key))!.modified.getTime();
      // S3 tells whole seconds.
      const off = Math.max(0, written - after, before - written - 1000) / 1000;
      const text = `${off.toFixed(1)} s from the store's`;
      const todo = 'set this machine’s clock by NTP: signatures, leases and drift windows depend on it';
      if (off > SKEW_FAIL_S) return fail(name, text, todo);
      return off > SKEW_WARN_S ? warn(name, text, todo) : ok(name, text);
    } finally {
      await store.delete(key);
    }
  });
}

async function checkTemporal(project: Project): Promise<Checked[]> {
  const name = 'Temporal';
  const external = externalTemporal();
  const live = liveFor(project, {anyStore: true});
  const access = live ? accessOf(live) : external;
  if (access === undefined) {
    const {temporal} = resolveEnvironment();
    return [
      temporal
        ? ok(name, `${temporal}; the stack is down, \`ratchet up\` starts it`)
        : warn(
            name,
            'no server on PATH or in the cache',
            `nothing: \`${ownCommand()} up\` brings one, or set TEMPORAL_ADDRESS`,
          ),
    ];
  }
  const todo = live
    ? '`ratchet down`, then `ratchet up`'
    : 'check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the profile';
  try {
    const server = await checked(name, todo, async () => {
      await answersTemporal(access);
      return ok(name, `${access.address} answers and knows the namespace ${access.namespace}`);
    });
    // A server that `up` started has them from its start.
    const own = live !== undefined && live.ui !== null;
    return server.state === 'ok' && !own
      ? [server, await checkSearchAttributes(access, live !== undefined)]
      : [server];
  } finally {
    await closeConnections();
  }
}

/** Where they are missing workflows wait; `up` adds them where it may, so where it was `live` and they are still missing, it may not. */
async function checkSearchAttributes(access: TemporalAccess, live: boolean): Promise<Checked> {
  const name = 'search attributes';
  // One by one: of several names in one call the command adds the first, and says that it added all.
  const create = (names: readonly string[]) =>
    `for name in ${names.join(' ')}; do temporal operator search-attribute create --namespace ${access.namespace} --name $name --type Keyword; done`;
  const all = Object.keys(SEARCH_ATTRIBUTES);
  return checked(name, `see that there are ${all.join(', ')} (Keyword)`, async () => {
    const missing = await missingSearchAttributes(access);
    if (missing === null)
      return warn(
        name,
        `${access.address} does not tell which there are`,
        `nothing, if an operator has added them; else: ${create(all)}`,
      );
    if (missing.length === 0) return ok(name, `the namespace ${access.namespace} has all ${all.length}`);
    const lacks = `the namespace ${access.namespace} lacks ${missing.join(', ')}`;
    return live
      ? fail(name, lacks, `an operator adds them: ${create(missing)}`)
      : warn(
          name,
          lacks,
          `\`${ownCommand()} up\` adds them where it may; else an operator: ${create(missing)}`,
        );
  });
}

/** Ports that the stack asks for first; it takes the next free ones where they are taken. */
async function checkPorts(project: Project): Promise<Checked[]> {
  const {gateway, engine} = project.config;
  if (liveFor(project, {anyStore: true}))
    return [ok('ports', 'the stack of this project is up and has its own')];
  const wanted: [string, number][] = [
    ...(externalTemporal()
      ? []
      : ([
          ['Temporal', 7233],
          ['Temporal UI', 8233],
          ...(process.env['RATCHET_CODEC_KEYS'] ? [['codec server', 8234]] : []),
        ] as [string, number][])),
    ...(engine.target === 'embedded'
      ? Array.from({length: engine.processes}, (_, i): [string, number] => [`engine ${i + 1}`, 8101 + i])
      : []),
    ...(
      [
        ['gateway', gateway.port],
        ['gateway’s operators', gateway.admin_port],
      ] as [string, number][]
    ).filter(([, port]) => port !== 0),
  ];
  const taken: string[] = [];
  for (const [what, port] of wanted) if (!(await isFree(port))) taken.push(`${port} (${what})`);
  if (taken.length === 0) return [ok('ports', `${wanted.map(([, port]) => port).join(', ')} are free`)];
  return [
    warn(
      'ports',
      `taken: ${taken.join(', ')}`,
      'nothing: the next free one is used, and `ratchet up` says which; or end what listens there',
    ),
  ];
}

/** Engines behind a Kubernetes Service: that it can be asked, has some, and that they are reached from here. */
async function checkEngines({config}: Project): Promise<Checked[]> {
  const service = serviceOf(config);
  if (service === null) return [];
  const name = 'engines';
  const todo = 'see engine.target.kubernetes, and who may read EndpointSlices there (docs/cluster.md)';
  const check = await checked(name, todo, async () => {
    const endpoints = await serviceEndpoints(service);
    try {
      const urls = (await endpoints.ready()).map(({url}) => url);
      const found = `${endpoints.name}: ${urls.join(', ')}`;
      for (const url of urls)
        await answersHttp(`${url}/health`).catch((cause: Error) => {
          throw new Error(`${found}; from here ${url} does not answer (${cause.message})`);
        });
      return ok(name, found);
    } finally {
      endpoints.close();
    }
  });
  return [check];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({port, host: '127.0.0.1', exclusive: true}, () => server.close(() => resolve(true)));
  });
}

/** The key that names rows: whoever reads it can tell whether a text is among them. */
async function checkRowKey({folder}: Project): Promise<Checked> {
  const name = 'row key';
  if (process.env['RATCHET_PROJECT_KEY']) return ok(name, 'in RATCHET_PROJECT_KEY');
  const file = path.join(folder, '.ratchet', 'project.key');
  const info = await stat(file).catch(() => null);
  if (info === null) return ok(name, 'made at the first run');
  return (info.mode & 0o077) === 0
    ? ok(name, `${file}, readable by you alone`)
    : fail(name, `${file} can be read by others`, `chmod 600 ${file}`);
}

async function checkApprovers(project: Project): Promise<Checked> {
  const name = 'approvers';
  return checked(name, 'correct approval.approvers; `ratchet keys create NAME` makes a key', async () => {
    const may = await whoMayApprove(project);
    const alone = {...process.env, RATCHET_KEY: undefined};
    // A key that others can read is refused here as it is where it signs.
    const own = await Promise.all((await listKeys()).map((one) => loadKey(one, alone)));
    const mine = may.filter(({id}) => own.some((key) => key.id === id)).map((one) => one.name);
    const names = [...new Set(may.map((one) => one.name))].join(', ');
    return mine.length > 0
      ? ok(name, `${names}; you sign as ${mine.join(', ')}`)
      : warn(
          name,
          `${names}; none of their keys is yours`,
          'nothing, if somebody else approves; else `ratchet keys create NAME`',
        );
  });
}
