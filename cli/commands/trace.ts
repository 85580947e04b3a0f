import type {Command} from 'commander';
import {RatchetError} from '../../schemas/errors.ts';
import type {Feedback, Trace} from '../../schemas/trace.ts';
import {openStores} from '../../stores/stores.ts';
import {Traces} from '../../stores/traces/traces.ts';
import {visibleLine} from '../../telemetry/visible.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, styled} from '../output.ts';
import {chosenProjects} from '../project.ts';
import {collect, cost, time} from '../show.ts';

export function trace(program: Command): void {
  define(program, 'trace <id>', {
    what: 'show one answer as it was stored (scrubbed), with its feedback; works with the stack down',
    examples: [
      'ratchet trace chatcmpl-3decd4f6a1b2c3d4e5f60718293a4b5c',
      'ratchet trace 3decd4f6a1b2c3d4e5f60718293a4b5c --json',
    ],
  }).action(
    acting(async (id: string, options: CommonOptions) => {
      const found = await findTrace(id, options.project);
      if (options.json) printJson({trace: found.trace, feedback: found.feedback});
      else print(described(found.trace, found.feedback, found.project.config.prices.currency));
      return Exit.done;
    }),
  );
}

/** A trace in the chosen project, else in any that is known, with its feedback. Throws InvalidInput if there is none. */
export async function findTrace(id: string, project: string | undefined) {
  const projects = chosenProjects(project);
  for (const one of projects) {
    const stores = await openStores(one.store);
    const traces = new Traces(stores.objects);
    const found = await traces.find(one.config.project, id);
    if (!found) continue;
    const window = {from: Date.parse(found.at), to: Date.now() + 1000};
    const said = await collect(traces.readFeedback(one.config.project, window));
    const feedback = said.filter((one) => one.trace.replace(/^chatcmpl-/, '') === found.id);
    return {project: one, stores, trace: found, feedback};
  }
  const where = projects.map(({config}) => config.project).join(', ');
  throw new RatchetError(
    'InvalidInput',
    `no trace ${id} of ${where}: an answer is stored some seconds after it was given; try again, or name the project`,
  );
}

function described(of: Trace, feedback: readonly Feedback[], currency: string): string {
  const facts: [string, string][] = [
    ['trace', of.id],
    ['at', time(of.at)],
    ['project', of.project],
    ['task', of.task],
    ['release', `${of.release} (${of.role})`],
    ...(of.shadowOf ? [['shadow of', of.shadowOf] satisfies [string, string]] : []),
    ['prompt', of.prompt],
    ['tokens', `${of.promptTokens} in, ${of.completionTokens} out`],
    ['latency', `${of.latencyMs.total.toFixed(1)} ms, the model ${of.latencyMs.model.toFixed(1)} ms`],
    ['cost', cost(of.cost, currency)],
    ['status', of.error ? `${of.status}: ${of.error}` : String(of.status)],
    ...(of.row ? [['row', of.row] satisfies [string, string]] : []),
  ];
  const texts: [string, string][] = [...Object.entries(of.fields), ['answer', of.output]];
  return [
    ...facts.map(([name, value]) => `${name.padEnd(10)} ${value}`),
    ...texts.map(([name, text]) => `\n${styled('bold', name)}\n${marked(text)}`),
    `\n${styled('bold', 'feedback')}`,
    ...(feedback.length > 0 ? feedback.map(said) : ['none']),
  ].join('\n');
}

/** What users and models wrote, so marked that none of its lines passes for one of this command's. */
function marked(text: string): string {
  return text
    .split('\n')
    .map((line) => `  | ${line}`.trimEnd())
    .join('\n');
}

function said({at, rating, correction, implicit}: Feedback): string {
  const parts = [
    ...(rating === undefined ? [] : [`rating ${rating}`]),
    ...(correction === undefined ? [] : [`correction: ${visibleLine(correction)}`]),
    ...(implicit === undefined ? [] : [implicit]),
  ];
  return `${time(at)}  ${parts.join(', ')}`;
}
