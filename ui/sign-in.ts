import type {FastifyInstance, FastifyReply, FastifyRequest} from 'fastify';
import type {Door} from './door.ts';
import {html} from './html.ts';
import {rendered} from './page.ts';
import {signInPage} from './pages/sign-in.ts';
import {link} from './parts.ts';
import type {Session, Sessions} from './sessions.ts';

/** Cookies know no port: two servers of one machine have two names. */
function cookieName({socket}: FastifyRequest): string {
  return `ratchet-ui-${socket.localPort ?? 0}`;
}

function cookieOf(request: FastifyRequest): string | undefined {
  const name = `${cookieName(request)}=`;
  const all = (request.headers.cookie ?? '').split(/; */);
  return all.find((one) => one.startsWith(name))?.slice(name.length);
}

export function sessionOf(sessions: Sessions, request: FastifyRequest): Session | null {
  return sessions.find(cookieOf(request));
}

/** Script cannot read it, other sites cannot send it, and behind a TLS proxy it goes through TLS alone. */
function setCookie(request: FastifyRequest, reply: FastifyReply, value: string): void {
  const secure = request.headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
  const ended = value === '' ? '; Max-Age=0' : '';
  reply.header(
    'set-cookie',
    `${cookieName(request)}=${value}; Path=/; HttpOnly; SameSite=Strict${secure}${ended}`,
  );
}

/** The two ways in, and the way out. */
export function signInRoutes(
  app: FastifyInstance,
  {sessions, door, onLink}: {readonly sessions: Sessions; readonly door: Door; readonly onLink: () => void},
): void {
  const show = (reply: FastifyReply, status: number, wrong: string | null) =>
    reply
      .code(status)
      .type('text/html; charset=utf-8')
      .send(rendered(signInPage(wrong)));

  app.get('/-/sign-in', (_request, reply) => show(reply, 200, null));

  app.get('/-/link/:secret', (request, reply) => {
    const {secret} = request.params as {readonly secret: string};
    const cookie = sessions.byLink(secret, cookieOf(request));
    if (cookie === null)
      return show(reply, 401, 'This link is not valid, or was used: the command printed a new one.');
    onLink();
    setCookie(request, reply, cookie);
    // The next request comes from this page, so the browser sends the cookie, wherever the link was clicked.
    const body = html`<p>You are signed in. ${link('/', 'Go on to the projects')}</p>`;
    const page = rendered({title: 'Signed in', body, againAt: '/', againAfter: 0});
    return reply.type('text/html; charset=utf-8').send(page);
  });

  app.post('/-/sign-in', async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const opened = await door.openedBy((form.get('key') ?? '').trim());
    if (opened === null)
      return show(
        reply,
        401,
        'No project of this server has that key with scope read or admin, or the key has ended.',
      );
    setCookie(request, reply, sessions.byKey(opened.hash, cookieOf(request)));
    return reply.redirect('/', 303);
  });

  app.post('/-/sign-out', (request, reply) => {
    sessions.end(cookieOf(request));
    setCookie(request, reply, '');
    return reply.redirect('/-/sign-in', 303);
  });
}
