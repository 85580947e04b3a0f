import {time} from '../../core/wording/figures.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import type {DriftCheck} from '../../schemas/drift.ts';
import {recentDriftChecks} from '../../stores/registry/drift-checks.ts';
import {html, type Html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {link, pathOf, releaseLink, section, tiles, type Tile} from '../parts.ts';
import type {Visit} from '../projects.ts';
import {waitingIn} from '../waiting.ts';
import {waitingTable} from './approvals.ts';
import {runsTable} from './runs.ts';

/** What answers now, what goes on, and what waits for a person. */
export async function projectPage(visit: Visit): Promise<Page> {
  const {name, project} = visit;
  const {pointers, registry, objects} = project.stores;
  const [deployment, runs, [drift], waiting] = await Promise.all([
    pointers.read(name),
    Array.fromAsync(registry.recentRuns(name, 10)),
    recentDriftChecks(objects, name, 1),
    waitingIn(visit),
  ]);
  const goesOn = runs.some(({run}) => run?.status === 'running');
  const {description} = project.config;
  const body: Piece[] = [
    description === '' ? null : html`<p>${description}</p>`,
    tiles(tilesOf(name, deployment, drift)),
    deployment === null ? null : lastMove(deployment),
    section('Waiting for an approval', waitingTable(visit, waiting)),
    section('Latest runs', runsTable(name, runs), html`<p>${link(pathOf(name, 'runs'), 'All runs')}</p>`),
  ];
  return {title: name, body, project: name, under: 'overview', againAfter: goesOn ? 15 : null};
}

function tilesOf(name: string, deployment: Deployment | null, drift: DriftCheck | undefined): Tile[] {
  const slot = (what: string, release: string | undefined, share: number | undefined): Tile => ({
    what,
    big: releaseLink(name, release),
    from: release === undefined ? 'none' : `${share} % of the traffic`,
  });
  const {stable, canary = null, shadow = null} = deployment ?? {};
  return [
    slot('Stable', stable, 100 - (canary?.weight ?? 0)),
    slot('Canary', canary?.release, canary?.weight),
    slot('Shadow, not shown to users', shadow?.release, shadow?.weight),
    {
      what: 'Drift',
      big: link(
        pathOf(name, 'drift'),
        drift === undefined ? 'not known' : drift.drift.drifted ? 'drifted' : 'none',
      ),
      from: drift === undefined ? 'too few answers to compare yet' : `compared ${time(drift.at)}`,
    },
  ];
}

function lastMove({at, by, why, seq}: Deployment): Html {
  return html`<p class="soft">Last move, number ${seq}: ${time(at)} by ${by}: ${why}</p>`;
}
