import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import type {ReportEntry} from '../../schemas/run.ts';
import {provenReport} from '../../stores/audit/prove-report.ts';
import {digestIn} from '../query.ts';
import {html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {chip, code, definitions, link, pathOf, releaseLink, runLink, when} from '../parts.ts';
import type {Visit} from '../projects.ts';

/** A report with every sample that it quotes takes some hundred kilobytes. */
const MOST_BYTES = 16 * 2 ** 20;

/** A report of a release: the one that is asked for, else the latest. The report itself is a page of its own, in a frame. */
export async function reportPage(visit: Visit): Promise<Page> {
  const {name, project} = visit;
  const entry = await entryOf(visit);
  const {result, at, run} = entry;
  const {verdict} = await provenReport(project.stores.artifacts, entry);
  const document = `${pathOf(name, 'releases', result.release, 'report.html')}?report=${result.report.sha256}`;
  const body: Piece = [
    definitions([
      ['verdict', chip(verdict)],
      ['judged', html`${when(at)} against ${releaseLink(name, result.stable)}, by ${runLink(name, run)}`],
      ['digest', code(result.report.sha256)],
      ['alone', link(document, 'open the report without this page around it')],
    ]),
    html`<iframe src="${document}" title="The report" sandbox=""></iframe>`,
  ];
  return {title: `Report of release ${short(result.release)}`, body, project: name, under: 'releases'};
}

/** The stored HTML. It is served with a policy that lets it run and load nothing. */
export async function reportDocument(visit: Visit): Promise<Uint8Array> {
  const {html: stored} = (await entryOf(visit)).result;
  if (stored.bytes > MOST_BYTES)
    throw new RatchetError(
      ErrorType.InvalidInput,
      `the report is ${stored.bytes} bytes, more than this page shows: use ratchet report`,
    );
  return visit.project.stores.artifacts.getBytes(stored);
}

async function entryOf({name, project, params, query}: Visit): Promise<ReportEntry> {
  const {registry} = project.stores;
  const {digest} = await registry.release(name, digestIn(params['release']!));
  const entries = await registry.reports(name, digest);
  const asked = query.get('report');
  const entry =
    asked === null ? entries.at(-1) : entries.find(({result}) => result.report.sha256 === digestIn(asked));
  if (entry !== undefined) return entry;
  throw new RatchetError(
    ErrorType.InvalidInput,
    asked === null
      ? `release ${short(digest)} has no report: it was not judged (the first stable is the bare base)`
      : `release ${short(digest)} has no report ${short(asked)}`,
  );
}
