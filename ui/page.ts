import {html, type Html, type Piece} from './html.ts';
import {link, pathOf} from './parts.ts';

/** What a page is about, for its head. */
export interface Page {
  readonly title: string;
  readonly body: Piece;
  /** Whose pages the links lead to; none: of no project. */
  readonly project?: string;
  /** Which of these links it is under. */
  readonly under?: Place;
  /** It shows what goes on, and the browser reloads it after so many seconds. */
  readonly againAfter?: number | null;
  /** Where the browser goes then, instead of reloading. */
  readonly againAt?: string;
  /** Nobody is signed in. */
  readonly stranger?: boolean;
}

const PLACES = [
  ['overview', 'Overview'],
  ['runs', 'Runs'],
  ['releases', 'Releases'],
  ['approvals', 'Approvals'],
  ['traces', 'Traces'],
  ['drift', 'Drift'],
  ['audit', 'Audit'],
] as const;
export type Place = (typeof PLACES)[number][0];

/** A whole page. It has no script: a page whose content changes is reloaded. */
export function rendered({title, body, project, under, againAfter = null, againAt, stranger}: Page): string {
  const content = againAt === undefined ? `${againAfter}` : `${againAfter};url=${againAt}`;
  const again = againAfter === null ? null : html`<meta http-equiv="refresh" content="${content}" />`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        ${again}
        <title>${title} · Ratchet</title>
        <link rel="stylesheet" href="/-/styles.css" />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <a class="skip" href="#main">Skip to the page</a>
        <header class="top">
          <div>
            <strong
              >${link('/', 'Ratchet')}${project === undefined ? null : html` / ${link(pathOf(project), project)}`}</strong
            >
            ${project === undefined ? null : places(project, under)} ${stranger ? null : SIGN_OUT}
          </div>
        </header>
        <main id="main">
          <h1>${title}</h1>
          ${body}
          <footer>Times are UTC. These pages only read: you decide with signed commands.</footer>
        </main>
      </body>
    </html>`.text;
}

const SIGN_OUT = html`<form class="out" method="post" action="/-/sign-out"><button>Sign out</button></form>`;

function places(project: string, under: Place | undefined): Html {
  return html`<nav aria-label="${project}">
    ${PLACES.map(([place, name]) => {
      const href = place === 'overview' ? pathOf(project) : pathOf(project, place);
      return place === under ? html`<a href="${href}" aria-current="page">${name}</a>` : link(href, name);
    })}
  </nav>`;
}
