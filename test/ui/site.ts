import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import type {FastifyInstance} from 'fastify';
import {Parser} from 'htmlparser2';
import type {Client} from '@temporalio/client';
import {readProject} from '../../schemas/load-project.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import {ReadOnlyStore} from '../../stores/objects/read-only-store.ts';
import {storesOver, type Stores} from '../../stores/stores.ts';
import type {UiProject} from '../../ui/projects.ts';
import {uiServer} from '../../ui/server.ts';
import {prepare, type Prepared} from '../cli/prepared-store.ts';
import {projectYaml} from '../cli/project-yaml.ts';

/** A store with a first run in it, and the project that its pages are of. */
export class TestProject {
  readonly there: Prepared;
  readonly #folder: string;

  private constructor(there: Prepared, folder: string) {
    [this.there, this.#folder] = [there, folder];
  }

  static async make(name = 'post'): Promise<TestProject> {
    const folder = await mkdtemp(path.join(tmpdir(), 'ratchet-ui-'));
    return new TestProject(await prepare(pathToFileURL(path.join(folder, 'store')).href, name), folder);
  }

  /** As the command opens it: its store refuses writes. Without `temporal` there is none. */
  opened(temporal?: Client, changes: Partial<ProjectConfig> = {}): UiProject {
    return {
      config: {...configOf('post'), ...changes},
      folder: this.#folder,
      command: 'npx ratchet',
      stores: readOnly(this.there.stores),
      temporal: async () => {
        if (temporal === undefined) throw new Error('the stack of post is down');
        return temporal;
      },
    };
  }

  remove(): Promise<void> {
    return rm(this.#folder, {recursive: true});
  }
}

export function readOnly({objects}: Pick<Stores, 'objects'>): Stores {
  return storesOver(new ReadOnlyStore(objects));
}

export function configOf(name: string): ProjectConfig {
  const loaded = readProject(projectYaml(name));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

export const LOOPBACK = {loopback: true, names: []};

/** An answer, and what a browser makes of it. */
export interface Answered extends ReturnType<typeof read> {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly setCookie: string | null;
}
type Texts = Readonly<Record<string, string>>;

/** A browser of a server that is called without a socket, signed in by the link. */
export class Visitor {
  readonly app: FastifyInstance;
  readonly signIn: () => string;
  /** Links that the command would print. */
  readonly links: string[] = [];
  cookie = '';

  constructor(projects: Readonly<Record<string, UiProject>>) {
    const {app, signIn} = uiServer({
      projects: new Map(Object.entries(projects)),
      own: LOOPBACK,
      onLink: (link) => this.links.push(link),
    });
    [this.app, this.signIn] = [app, signIn];
  }

  async get(url: string, headers: Texts = {}): Promise<Answered> {
    return this.#answer(await this.app.inject({url, headers: {...this.#cookies(), ...headers}}));
  }

  async post(url: string, form: Texts = {}, headers: Texts = {}): Promise<Answered> {
    const payload = new URLSearchParams(form).toString();
    const type = {'content-type': 'application/x-www-form-urlencoded'};
    const answer = await this.app.inject({
      method: 'POST',
      url,
      payload,
      headers: {...type, ...this.#cookies(), ...headers},
    });
    return this.#answer(answer);
  }

  /** Comes in by the link. */
  async enter(): Promise<this> {
    await this.get(this.signIn());
    return this;
  }

  #cookies(): Texts {
    return this.cookie === '' ? {} : {cookie: this.cookie};
  }

  #answer({statusCode: status, body, headers}: Awaited<ReturnType<FastifyInstance['inject']>>): Answered {
    const [set] = [headers['set-cookie']].flat();
    if (set !== undefined) this.cookie = set.split(';')[0]!;
    return {status, body, headers, setCookie: set ?? null, ...read(body)};
  }
}

/** What a browser makes of a page: its text with single spaces, its links, and every element with its attributes. */
export function read(page: string) {
  let text = '';
  const links: string[] = [];
  const elements: {readonly name: string; readonly attributes: Readonly<Record<string, string>>}[] = [];
  const parser = new Parser({
    ontext: (part) => void (text += part),
    onopentag: (name, attributes) => {
      elements.push({name, attributes});
      text += ' ';
      for (const target of [attributes['href'], attributes['src']]) if (target) links.push(target);
    },
    onclosetag: () => void (text += ' '),
  });
  parser.end(page);
  return {text: text.replace(/\s+/g, ' ').trim(), links, elements};
}
