import type {Feedback, Trace} from '../../schemas/trace.ts';
import {beforeIn} from '../query.ts';
import {feedbackOf} from '../feedback-of.ts';
import {html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {code, excerpt, link, pathOf, releaseLink, remark, table, when} from '../parts.ts';
import type {Visit} from '../projects.ts';

const PAGE = 50;

/** The newest answers, each with the feedback on it; older ones page by page. */
export async function tracesPage({name, project, query}: Visit): Promise<Page> {
  const before = beforeIn(query);
  const {traces} = project.stores;
  const {items, more} = await traces.newest(name, {before: before ?? Infinity, most: PAGE});
  const {of, whole} = await feedbackOf(traces, name, items);
  const columns = [
    {head: 'Trace', kind: 'tight'},
    {head: 'At', kind: 'tight'},
    {head: 'Task'},
    {head: 'Release', kind: 'tight'},
    {head: 'Answer', kind: 'text'},
    {head: 'ms', kind: 'number'},
    {head: 'Feedback', kind: 'text'},
  ] as const;
  const rows = items.map((trace) => rowOf(name, trace, of.get(trace.id) ?? []));
  const oldest = items.at(-1);
  const older = oldest === undefined ? before : Date.parse(oldest.at);
  const body: Piece[] = [
    whole
      ? null
      : remark(
          'There is much feedback: the list shows part of it. A trace’s own page shows all of its feedback.',
        ),
    table('Answers, the newest first', columns, rows, before === null ? 'no answer yet' : 'no older answer'),
    html`<p>
      ${before === null ? null : html`${link(pathOf(name, 'traces'), 'Newest')} `}
      ${more && older !== null ? link(`${pathOf(name, 'traces')}?before=${older}`, 'Older') : null}
    </p>`,
  ];
  return {title: 'Traces', body, project: name, under: 'traces'};
}

function rowOf(name: string, trace: Trace, feedback: readonly Feedback[]): Piece[] {
  const {id, at, task, release, role, output, latencyMs, error} = trace;
  return [
    link(pathOf(name, 'traces', id), code(id.slice(0, 12))),
    when(at),
    task,
    html`${releaseLink(name, release)} <span class="soft">${role}</span>`,
    error === null ? excerpt(output) : html`<span class="chip bad">${excerpt(error)}</span>`,
    Math.round(latencyMs.total),
    feedback.map((one) => html`<div>${saidIn(one)}</div>`),
  ];
}

/** `rating +1`, `correction: spam`, `retry`. */
export function saidIn({rating, correction, implicit}: Feedback, most = 80): Piece {
  const parts = [
    ...(rating === undefined ? [] : [rating > 0 ? 'rating +1' : 'rating −1']),
    ...(correction === undefined ? [] : [`correction: ${excerpt(correction, most)}`]),
    ...(implicit === undefined ? [] : [implicit]),
  ];
  return parts.join('; ');
}
