import Fastify, {type FastifyInstance, type FastifyReply, type FastifyRequest} from 'fastify';
import {ErrorType, RatchetError} from '../schemas/errors.ts';
import {AuditChecks} from './audit-checks.ts';
import {Door} from './door.ts';
import {foreignCaller, type OwnNames} from './foreign-caller.ts';
import {PAGE_HEADERS, REPORT_HEADERS} from './headers.ts';
import {rendered, type Page} from './page.ts';
import {failureOf, failurePage, type Failure} from './pages/failure.ts';
import {projectsPage} from './pages/projects.ts';
import {reportDocument} from './pages/report.ts';
import {signInPage} from './pages/sign-in.ts';
import type {UiProject, Visit} from './projects.ts';
import {projectPages} from './routes.ts';
import {Sessions, type Session} from './sessions.ts';
import {sessionOf, signInRoutes} from './sign-in.ts';
import {STYLES} from './styles.ts';
import {within} from './within.ts';

export interface UiSettings {
  /** By name. */
  readonly projects: ReadonlyMap<string, UiProject>;
  readonly own: OwnNames;
  /** Called with the path of the new link, when the former one was used. */
  readonly onLink: (path: string) => void;
}

/** A form holds one key. */
const FORM_BYTES = 4096;
const REQUEST_MS = 10_000;
/** A page that takes longer says so instead. */
const PAGE_MS = 10_000;
/** Pages that are being made; one more is refused. Those that came too late count until they are done. */
const MOST_PAGES = 16;
const MOST_CONNECTIONS = 100;
const HTML = 'text/html; charset=utf-8';

/** The pages of what there is, read-only. `signIn` is the path that lets one browser in. */
export function uiServer({projects, own, onLink}: UiSettings): {
  readonly app: FastifyInstance;
  readonly signIn: () => string;
} {
  const sessions = new Sessions();
  const door = new Door(projects);
  const signIn = () => `/-/link/${sessions.link}`;
  const app = guarded(own);
  const within10s = bounded();

  const send = (reply: FastifyReply, page: Page) => reply.type(HTML).send(rendered(page));
  const fail = (reply: FastifyReply, failure: Failure, project?: string) =>
    send(reply.code(failure.status), failurePage(failure, project));
  app.setErrorHandler((error, _request, reply) => fail(reply.headers(PAGE_HEADERS), failureOf(error)));
  app.setNotFoundHandler((_request, reply) => fail(reply, {status: 404, message: 'There is no such page.'}));

  app.get('/-/styles.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLES));
  signInRoutes(app, {sessions, door, onLink: () => onLink(signIn())});

  app.get('/', async (request, reply) => {
    const session = sessionOf(sessions, request);
    if (session === null) return send(reply.code(401), signInPage());
    return send(reply, await within10s(() => projectsPage(projects, {door, session})));
  });

  const visit = async (request: FastifyRequest, session: Session): Promise<Visit> => {
    const {project: name = '', ...params} = request.params as Readonly<Record<string, string>>;
    const project = projects.get(name);
    if (project === undefined)
      throw new RatchetError(ErrorType.InvalidInput, `this server has no project "${name}"`);
    if (!(await door.mayRead(session, name))) throw new Locked(name);
    return {project, name, params, query: new URL(request.url, 'http://ui').searchParams};
  };
  /** What is asked for, if the browser may see it. */
  const answer =
    (asked: (visit: Visit, reply: FastifyReply) => Promise<FastifyReply>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const session = sessionOf(sessions, request);
      if (session === null) return send(reply.code(401), signInPage());
      const {project} = request.params as {readonly project: string};
      try {
        return await within10s(async () => asked(await visit(request, session), reply));
      } catch (error) {
        if (error instanceof Locked) return send(reply.code(403), signInPage(error.message));
        return fail(reply, failureOf(error), projects.has(project) ? project : undefined);
      }
    };
  for (const [path, page] of Object.entries(projectPages(new AuditChecks())))
    app.get(
      `/:project${path}`,
      answer(async (one, reply) => send(reply, await page(one))),
    );
  app.get(
    '/:project/releases/:release/report.html',
    answer(async (one, reply) => {
      const document = await reportDocument(one);
      return reply.headers(REPORT_HEADERS).type(HTML).send(Buffer.from(document));
    }),
  );
  return {app, signIn};
}

/** The project has keys, and this browser has entered none of them. */
class Locked extends Error {
  constructor(project: string) {
    super(`${project} has gateway keys: enter one of scope read or admin to see its pages.`);
  }
}

/** A server that refuses foreign callers before anything else, and whose every answer has the headers of a page. */
function guarded(own: OwnNames): FastifyInstance {
  const app = Fastify({
    bodyLimit: FORM_BYTES,
    logger: false,
    requestTimeout: REQUEST_MS,
    connectionTimeout: 3 * REQUEST_MS,
    forceCloseConnections: true,
    frameworkErrors: (error, _request, reply) => {
      reply.raw.writeHead(error.statusCode ?? 400, {...PAGE_HEADERS, 'content-type': 'text/plain'});
      reply.raw.end('This is no address of a page.\n');
    },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  app.addHook('onRequest', async ({headers}, reply) => {
    reply.headers(PAGE_HEADERS);
    const refusal = foreignCaller(headers, own);
    return refusal === null
      ? undefined
      : reply.code(403).type('text/plain; charset=utf-8').send(`${refusal}\n`);
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', {parseAs: 'string'}, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  return app;
}

/** Answers within 10 s, so many at a time. */
function bounded(): <T>(make: () => Promise<T>) => Promise<T> {
  let making = 0;
  return async (make) => {
    if (making >= MOST_PAGES)
      throw new RatchetError(
        ErrorType.Unavailable,
        `${MOST_PAGES} pages are being made already: reload this one in a few seconds`,
      );
    making += 1;
    const made = make().finally(() => (making -= 1));
    return within(PAGE_MS, 'The store', made);
  };
}
