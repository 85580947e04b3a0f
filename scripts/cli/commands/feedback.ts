import {isCancel, select} from '@clack/prompts';
import type {Command} from 'commander';
import {RatchetError} from '../../../schemas/errors.ts';
import type {FeedbackRecord} from '../../../stores/feedback-records.ts';
import {reviewFeedback} from '../../../stores/feedback-reviews.ts';
import {visible} from '../../../telemetry/visible.ts';
import {WHO_OPTION, acting, define, group} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {chosenProject} from '../project.ts';
import {projectStores} from '../project-stores.ts';
import {provedActor} from '../proved-actor.ts';
import {count} from '../show.ts';
import {waitingFeedback} from '../waiting-feedback.ts';

interface ReviewOptions extends CommonOptions, WhoOptions {
  readonly accept?: readonly string[];
  readonly reject?: readonly string[];
  readonly acceptAll?: boolean;
  readonly comment: string;
}

/** How much of a text is listed. */
const EXCERPT = 60;

export function feedback(program: Command): void {
  const commands = group(program, 'feedback', {
    what: 'what users said of answers, before others are measured by it',
    examples: ['ratchet feedback list', 'ratchet feedback review'],
  });
  define(commands, 'list [project]', {
    what: 'corrected and confirmed answers that would be golden rows of the next retrain, if a person lets them; works with the stack down',
    examples: ['ratchet feedback list mail', 'ratchet feedback list --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const project = chosenProject(named ?? options.project);
      const candidates = await waitingFeedback(project, await projectStores(project));
      if (options.json) printJson(candidates);
      else
        print(
          table(
            ['record', 'right answer', 'key', 'text'],
            candidates.map((one) => [one.id, one.label ?? '–', one.key ?? '–', excerpt(one)]),
            'no feedback waits for a review',
          ),
        );
      return Exit.done;
    }),
  );
  define(commands, 'review [project]', {
    what: 'let feedback be golden rows, or reject it: what nobody has seen is learned from, and measures nothing; audited',
    examples: [
      'ratchet feedback review mail',
      'ratchet feedback review --accept 3decd4f6… --reject order/7 --comment "looked at"',
      'ratchet feedback review --accept-all --comment "sampled twenty of them"',
    ],
  })
    .option('--accept <record...>', 'let these be golden rows')
    .option('--reject <record...>', 'never learn from these')
    .option('--accept-all', 'let all that wait be golden rows')
    .option('-c, --comment <text>', 'why; stands in the audit chain', '')
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: ReviewOptions) => {
        const project = chosenProject(named ?? options.project);
        const stores = await projectStores(project);
        const candidates = await waitingFeedback(project, stores);
        if (candidates.length === 0) {
          say('no feedback waits for a review');
          return Exit.done;
        }
        const {name: by, sign} = await provedActor(project, stores, {act: 'review', key: options.key});
        const decisions = await decided(candidates, options);
        if (decisions.length === 0) {
          say('nothing was decided');
          return Exit.failed;
        }
        const told = await reviewFeedback(stores, {
          ...{project: project.config.project, by, decisions},
          sign: (about) => sign(about, options.comment),
        });
        if (options.json) printJson({project: project.config.project, by, ...told});
        else
          print(
            `${count(told.accepted)} accepted, ${count(told.rejected)} rejected by ${by}; entry ${told.entry}. The next retrain reads it`,
          );
        return Exit.done;
      }),
    );
}

async function decided(
  candidates: readonly FeedbackRecord[],
  {accept = [], reject = [], acceptAll}: ReviewOptions,
): Promise<{record: FeedbackRecord; accept: boolean}[]> {
  const named = (ids: readonly string[], option: string) =>
    ids.map((id) => {
      const record = candidates.find((one) => one.id === id);
      if (record === undefined)
        throw new RatchetError(
          'InvalidInput',
          `${option} ${id}: no feedback of that name waits for a review: ratchet feedback list names them`,
        );
      return record;
    });
  const both = reject.find((id) => accept.includes(id));
  if (both !== undefined)
    throw new RatchetError('InvalidInput', `--reject ${both}: it is accepted in the same call: name it once`);
  const rejected = named(reject, '--reject');
  const accepted = acceptAll
    ? candidates.filter((one) => !rejected.includes(one))
    : named(accept, '--accept');
  if (acceptAll || accept.length > 0 || reject.length > 0)
    return [
      ...accepted.map((record) => ({record, accept: true})),
      ...rejected.map((record) => ({record, accept: false})),
    ];
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new RatchetError('InvalidInput', 'no terminal to ask on: give --accept, --reject or --accept-all');
  return asked(candidates);
}

/** One after the other, until the person stops; what was decided so far counts. */
async function asked(
  candidates: readonly FeedbackRecord[],
): Promise<{record: FeedbackRecord; accept: boolean}[]> {
  const decisions: {record: FeedbackRecord; accept: boolean}[] = [];
  for (const [i, record] of candidates.entries()) {
    say(
      `\n${i + 1} of ${candidates.length}: ${record.id}\n${Object.entries(record.fields)
        .map(([name, text]) => `${name}:\n${text.replace(/^/gm, '  | ')}`)
        .join('\n')}`,
    );
    const answer = await select({
      message: visible(`The right answer is said to be: ${record.label ?? 'as above'}`),
      options: [
        {value: 'accept', label: 'right: let it be a golden row'},
        {value: 'reject', label: 'wrong: never learn from it'},
        {value: 'later', label: 'leave it for later'},
      ],
      output: process.stderr,
    });
    if (isCancel(answer)) break;
    if (answer !== 'later') decisions.push({record, accept: answer === 'accept'});
  }
  return decisions;
}

function excerpt({fields}: FeedbackRecord): string {
  const text = Object.values(fields).join(' / ').replace(/\s+/g, ' ');
  return text.length > EXCERPT ? `${text.slice(0, EXCERPT - 1)}…` : text;
}
