import {isCancel, select} from '@clack/prompts';
import type {Command} from 'commander';
import {RatchetError} from '../../schemas/errors.ts';
import type {FeedbackRecord} from '../../stores/traces/feedback-records.ts';
import {reviewFeedback} from '../../stores/traces/feedback-reviews.ts';
import {visible} from '../../telemetry/visible.ts';
import {WHO_OPTION, acting, define, group} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {listedFeedback, waits, type ListedFeedback, type ListedRecord} from '../listed-feedback.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {chosenProject} from '../project.ts';
import {projectStores} from '../../stack/project-stores.ts';
import {provedActor} from '../../stores/access/proved-actor.ts';
import {count} from '../show.ts';

interface ReviewOptions extends CommonOptions, WhoOptions {
  readonly accept?: readonly string[];
  readonly reject?: readonly string[];
  readonly acceptAll?: string;
  readonly comment: string;
}

interface ListOptions extends CommonOptions {
  readonly all?: boolean;
}

interface Decision {
  readonly record: FeedbackRecord;
  readonly accept: boolean;
}

/** How much of a text is listed. */
const EXCERPT = 60;

export function feedback(program: Command): void {
  const commands = group(program, 'feedback', {
    what: 'review what users said about answers',
    examples: ['ratchet feedback list', 'ratchet feedback review'],
  });
  define(commands, 'list [project]', {
    what: 'list corrected and confirmed answers that would become golden rows of the next retrain, each with its current digest; works with the stack down',
    examples: ['ratchet feedback list mail', 'ratchet feedback list --all', 'ratchet feedback list --json'],
  })
    .option('--all', 'all usable feedback, not only what waits for a review')
    .action(
      acting(async (named: string | undefined, options: ListOptions) => {
        const project = chosenProject(named ?? options.project);
        const {listing, records} = await listedFeedback(project, await projectStores(project));
        const shown = options.all ? records : records.filter(waits);
        if (options.json) printJson({listing, records: shown});
        else if (options.all) print(listed(shown, 'nobody corrected or confirmed an answer'));
        else print(listed(shown, 'no feedback waits for a review') + howToAccept(listing, shown.length));
        return Exit.done;
      }),
    );
  define(commands, 'review [project]', {
    what: 'accept feedback as golden rows, or reject it; feedback that nobody reviewed trains but measures nothing; audited',
    examples: [
      'ratchet feedback review mail',
      'ratchet feedback review --accept 3f9a1c20d4e5 --reject order/7 --comment "looked at"',
      'ratchet feedback review --accept-all 0f9a1c20d4e5 --comment "sampled twenty of them"',
    ],
  })
    .option(
      '--accept <digest...>',
      'accept these as golden rows, if they are unchanged since they were listed',
    )
    .option('--reject <record...>', 'never learn from these, accepted or not: names or digests')
    .option(
      '--accept-all <listing>',
      'accept all that wait as golden rows, if they are unchanged since they were listed',
    )
    .option('-c, --comment <text>', 'why; kept in the audit chain', '')
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: ReviewOptions) => {
        const project = chosenProject(named ?? options.project);
        const stores = await projectStores(project);
        const feedback = await listedFeedback(project, stores);
        const asks = namesNothing(options);
        if (asks && !feedback.records.some(waits)) {
          say('no feedback waits for a review');
          return Exit.done;
        }
        const {name: by, sign} = await provedActor(project, stores, {act: 'review', key: options.key});
        const decisions = asks ? await asked(feedback.records.filter(waits)) : decided(feedback, options);
        if (decisions.length === 0) {
          say('nothing was decided');
          return Exit.failed;
        }
        const told = await reviewFeedback(stores, {
          project: project.config.project,
          by,
          decisions,
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

function namesNothing({accept = [], reject = [], acceptAll}: ReviewOptions): boolean {
  return accept.length === 0 && reject.length === 0 && acceptAll === undefined;
}

/** What the options name. Throws InvalidInput for what says something else than it was listed with. */
function decided(
  {listing, records}: ListedFeedback,
  {accept = [], reject = [], acceptAll}: ReviewOptions,
): Decision[] {
  const rejected = reject.map((name) => rejectedBy(name, records));
  const accepted = accept.map((digest) => acceptedBy(digest, records));
  const both = rejected.find((record) => accepted.includes(record));
  if (both !== undefined)
    throw new RatchetError(
      'InvalidInput',
      `--reject ${both.id}: it is accepted in the same call: name it once`,
    );
  if (acceptAll !== undefined && acceptAll !== listing)
    throw new RatchetError(
      'InvalidInput',
      `--accept-all ${acceptAll}: something else waits now than was listed: look at ratchet feedback list again`,
    );
  const all = acceptAll === undefined ? [] : records.filter((one) => waits(one) && !rejected.includes(one));
  const each = (of: readonly ListedRecord[], accept: boolean): Decision[] =>
    [...new Set(of)].map((record) => ({record, accept}));
  return [...each([...accepted, ...all], true), ...each(rejected, false)];
}

function acceptedBy(digest: string, records: readonly ListedRecord[]): ListedRecord {
  const record = records.find((one) => one.digest === digest);
  if (record === undefined)
    throw new RatchetError(
      'InvalidInput',
      `--accept ${digest}: no feedback has that digest now: ratchet feedback list prints the digest of what each says`,
    );
  return record;
}

function rejectedBy(name: string, records: readonly ListedRecord[]): ListedRecord {
  const record = records.find((one) => one.digest === name) ?? records.find((one) => one.id === name);
  if (record === undefined)
    throw new RatchetError(
      'InvalidInput',
      `--reject ${name}: no feedback of that name: ratchet feedback list --all names them`,
    );
  return record;
}

/** One after the other, until the person stops; what was decided so far counts. */
async function asked(candidates: readonly FeedbackRecord[]): Promise<Decision[]> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new RatchetError('InvalidInput', 'no terminal to ask on: give --accept, --reject or --accept-all');
  const decisions: Decision[] = [];
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

function listed(records: readonly ListedRecord[], nothing: string): string {
  return table(
    ['record', 'digest', 'stands', 'right answer', 'key', 'text'],
    records.map((one) => [
      one.id,
      one.digest,
      one.standing.replaceAll('_', ' '),
      one.label ?? '–',
      one.key ?? '–',
      excerpt(one),
    ]),
    nothing,
  );
}

function howToAccept(listing: string, records: number): string {
  return records === 0 ? '' : `\n\nall of them: ratchet feedback review --accept-all ${listing}`;
}

function excerpt({fields}: FeedbackRecord): string {
  const text = Object.values(fields).join(' / ').replace(/\s+/g, ' ');
  return text.length > EXCERPT ? `${text.slice(0, EXCERPT - 1)}…` : text;
}
