import {cost, count} from '../../core/wording/figures.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {Trace} from '../../schemas/trace.ts';
import {feedbackOf} from '../feedback-of.ts';
import {html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {
  code,
  definitions,
  link,
  pathOf,
  quoted,
  releaseLink,
  remark,
  section,
  table,
  when,
} from '../parts.ts';
import type {Visit} from '../projects.ts';
import {saidIn} from './traces.ts';

/** One answer as it was stored, with all of its feedback. */
export async function tracePage({name, project, params}: Visit): Promise<Page> {
  const {traces} = project.stores;
  const found = await traces.find(name, params['trace']!);
  if (found === null)
    throw new RatchetError(
      ErrorType.InvalidInput,
      `no trace ${params['trace']!} of ${name}: an answer is stored some seconds after it was given`,
    );
  const {of, whole} = await feedbackOf(traces, name, [found]);
  const columns = [
    {head: 'At', kind: 'tight'},
    {head: 'Feedback', kind: 'text'},
    {head: 'Key', kind: 'tight'},
  ] as const;
  const rows = (of.get(found.id) ?? []).map((one): Piece[] => [
    when(one.at),
    saidIn(one, Infinity),
    one.key === undefined ? '–' : code(one.key),
  ]);
  const body: Piece[] = [
    factsOf(name, found, project.config.prices.currency),
    section('Request', fieldsOf(found)),
    section('Answer', quoted(found.output)),
    section(
      'Feedback',
      whole ? null : remark(`Not all feedback was read: ratchet trace ${found.id} reads all of it.`),
      table('Feedback', columns, rows, 'none'),
    ),
    section(
      'Lineage',
      html`<p>This command traces the answer back to rows, adapter, report and approver:</p>
        <pre class="box">${project.command} lineage ${found.id} --project ${name}</pre>`,
    ),
  ];
  return {title: `Trace ${found.id}`, body, project: name, under: 'traces'};
}

function factsOf(name: string, of: Trace, currency: string): Piece {
  const {total, model} = of.latencyMs;
  return definitions([
    ['at', when(of.at)],
    ['task', of.task],
    ['release', html`${releaseLink(name, of.release)} (${of.role})`],
    ['shadow of', of.shadowOf === null ? null : link(pathOf(name, 'traces', of.shadowOf), code(of.shadowOf))],
    ['status', of.error === null ? of.status : `${of.status}: ${of.error}`],
    ['tokens', `${count(of.promptTokens)} in, ${count(of.completionTokens)} out`],
    ['latency', `${total.toFixed(1)} ms, of which the model ${model.toFixed(1)} ms`],
    ['cost', cost(of.cost, currency)],
    ['prompt', code(of.prompt)],
    ['row', of.row],
    ['gateway key', of.key === undefined ? null : code(of.key)],
  ]);
}

function fieldsOf({fields}: Trace): Piece {
  return Object.entries(fields).map(
    ([field, text]) =>
      html`<h3>${field}</h3>
        ${quoted(text)}`,
  );
}
