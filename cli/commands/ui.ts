import type {Command} from 'commander';
import {Client} from '@temporalio/client';
import open from 'open';
import {isLoopback} from '../../core/access/loopback.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {Project} from '../../stack/project-file.ts';
import {existingRowKey} from '../../stack/row-key.ts';
import {accessFor, closeConnections, connected} from '../../stack/temporal.ts';
import {openStore} from '../../stores/objects/open-store.ts';
import {ReadOnlyStore} from '../../stores/objects/read-only-store.ts';
import {storesOver, withRowKey} from '../../stores/stores.ts';
import {dataConverter} from '../../temporal/payload-codec/data-converter.ts';
import type {UiProject} from '../../ui/projects.ts';
import {uiServer} from '../../ui/server.ts';
import {acting, define, type CommonOptions} from '../define.ts';
import {ownCommand} from '../own-command.ts';
import {Exit, print, printJson, say} from '../output.ts';
import {chosenProjects} from '../project.ts';

interface UiOptions extends CommonOptions {
  readonly port: string;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly open?: boolean;
}

const PORT = '8235';

export function ui(program: Command): void {
  define(program, 'ui [project]', {
    what: 'serve read-only pages of projects: runs, releases, reports, approvals, traces, drift, audit; works with the stack down, without what only Temporal knows; ends with Ctrl-C',
    examples: ['ratchet ui', 'ratchet ui mail --open', 'ratchet ui --port 9000'],
  })
    .option('--port <port>', 'where it listens; 0: any free port', PORT)
    .option('--host <host>', 'the address it listens on; the default is for this machine alone', '127.0.0.1')
    .option('--allow-host <name...>', 'names by which browsers may call it, as behind a proxy')
    .option('--open', 'open the sign-in link in the browser')
    .action(
      acting(async (named: string | undefined, options: UiOptions) => {
        const port = portIn(options.port);
        const {host, allowHost: names = []} = options;
        const projects = await openedFor(chosenProjects(named ?? options.project));
        const address = () => `http://${host.includes(':') ? `[${host}]` : host}:${listening}`;
        const {app, signIn} = uiServer({
          projects,
          own: {loopback: isLoopback(host), names: [...names, host].map((name) => name.toLowerCase())},
          onLink: (path) => say(`the link was used; for another browser: ${address()}${path}`),
        });
        await app.listen({host, port}).catch((error: unknown) => {
          throw listenError(error, host, port);
        });
        const listening = (app.server.address() as {readonly port: number}).port;
        if (!isLoopback(host))
          say(
            `other machines can reach ${host}: put a proxy with TLS before it, or link and keys can be read on the way`,
          );
        const link = `${address()}${signIn()}`;
        if (options.json) printJson({url: address(), link, projects: [...projects.keys()]});
        else print(`${[...projects.keys()].join(', ')}: sign in once with ${link}`);
        if (options.open) (await open(link)).unref();
        await stopped();
        await app.close();
        await closeConnections();
        return Exit.done;
      }),
    );
}

/** Each project by its name, with a store that refuses writes. Throws InvalidInput where two have one name. */
async function openedFor(projects: readonly Project[]): Promise<ReadonlyMap<string, UiProject>> {
  const opened = new Map<string, UiProject>();
  for (const project of projects) {
    const {config, folder, store} = project;
    const name = config.project;
    if (opened.has(name))
      say(`left out ${project.file}: another project is called ${name}, too; name one by its folder`);
    else {
      const stores = storesOver(new ReadOnlyStore(await openStore(store)));
      const key = existingRowKey(folder);
      const sealed = key === undefined ? stores : withRowKey(stores, Buffer.from(key, 'hex'));
      opened.set(name, {
        config,
        folder,
        command: ownCommand(),
        stores: sealed,
        temporal: () => temporalOf(project),
      });
    }
  }
  return opened;
}

/** Looked up for each page: a stack that starts again may have another port. */
async function temporalOf(project: Project): Promise<Client> {
  const access = accessFor(project);
  const connection = await connected(access);
  return new Client({connection, namespace: access.namespace, dataConverter: dataConverter()});
}

function portIn(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new RatchetError('InvalidInput', `--port: expected 0 to 65535, got "${text}"`);
}

function listenError(error: unknown, host: string, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const why: string | undefined = {
    EADDRINUSE: `port ${port} is in use: stop what listens there, or choose another with --port (0: any free one)`,
    EACCES: `port ${port} needs rights that this user lacks: choose one from 1024 on with --port`,
    EADDRNOTAVAIL: `this machine has no address ${host}: check --host`,
    ENOTFOUND: `${host} is no address or name of this machine: check --host`,
  }[code ?? ''];
  return why === undefined ? error : new RatchetError('InvalidInput', why, {cause: error});
}

function stopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
