import {existsSync, mkdirSync, writeFileSync, copyFileSync} from 'node:fs';
import path from 'node:path';
import {Option} from 'commander';
import type {Command} from 'commander';
import {gateNames} from '../../core/evaluation/gates/gate-names.ts';
import {exampleFile} from '../../core/onboarding/example-rows.ts';
import {projectName, projectYaml, samplesOf} from '../../core/onboarding/project-yaml.ts';
import {
  proposeTask,
  TEMPLATES,
  type Proposal,
  type Template,
  type Wishes,
} from '../../core/onboarding/propose.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {problemLine, readProject} from '../../schemas/load-project.ts';
import {openTokenizer} from '../../serving/clients/tokenizer/open-tokenizer.ts';
import {sampleSource, type Sample} from '../../stores/sources/sample.ts';
import {PACKAGE_ROOT} from '../../stack/own-program.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {approverKey} from '../onboarding/approver-key.ts';
import {askOpen} from '../onboarding/ask-open.ts';
import {columnsOf, splitColumns, textsOf} from '../onboarding/look-at.ts';
import {pacedProgress} from '../onboarding/progress.ts';
import {sourceOf} from '../onboarding/source-of.ts';
import {Exit, print, printJson, say} from '../output.ts';
import {PROJECT_FILE, shown} from '../../stack/project-file.ts';
import {ownCommand} from '../own-command.ts';

interface InitOptions extends CommonOptions, Wishes {
  readonly from?: string;
  readonly name?: string;
  readonly key?: string;
  readonly yes?: boolean;
}

/** Rows that are looked at. */
const MOST_ROWS = 20_000;

export function init(program: Command): void {
  define(program, 'init <folder>', {
    what: 'make a project from a file of yours: looks at its columns, proposes the task, and writes a commented ratchet.yaml',
    examples: [
      'ratchet init tickets --from tickets.csv',
      'ratchet init answers --from faq.jsonl --template chat --text question --answer reply',
      'ratchet init try --template extraction',
    ],
    project: false,
  })
    .option('--from <file>', 'CSV, JSON, JSONL or Parquet; a path, or an s3:// address')
    .addOption(
      new Option('--template <template>', 'the task, where the columns leave it open').choices(TEMPLATES),
    )
    .option('--id <column>', 'the column that names a row')
    .option('--text <column>', 'the column that the model is shown')
    .option('--answer <column>', 'the column that holds the class, the written answer or the JSON')
    .option('--name <name>', "the project's name; else the folder's")
    .option('-k, --key <name>', 'your key, for the approvers; made if it is not there')
    .option('-y, --yes', 'do not ask: take what fits best')
    .action(
      acting(async (given: string, options: InitOptions) => {
        const folder = path.resolve(given);
        const file = path.join(folder, PROJECT_FILE);
        if (existsSync(file))
          throw new RatchetError(
            'InvalidInput',
            `${shown(file)} is there already, and nothing is overwritten: change it, or choose another folder`,
          );
        const made = await makeProject(folder, file, options);
        if (options.json) printJson(asJson(made, file));
        else tell(made, folder, file);
        return Exit.done;
      }),
    );
}

type Splits = ReturnType<typeof splitColumns>;
type Approver = Awaited<ReturnType<typeof approverKey>>;

interface Made {
  readonly name: string;
  readonly proposal: Proposal;
  readonly sample: Sample;
  readonly splits: Splits;
  readonly approver: Approver;
  readonly remarks: readonly string[];
}

/** Looks at the rows, writes ratchet.yaml. */
async function makeProject(folder: string, file: string, options: InitOptions): Promise<Made> {
  const name = options.name ?? projectName(path.basename(folder), 'project');
  const source = sourceOf(options.from ?? exampleData(folder, options.template), folder);
  const progress = pacedProgress();
  const sample = await sampleSource(source, folder, MOST_ROWS, progress);
  progress(() => `looks at the columns of ${sample.rows.length} rows`);
  const columns = columnsOf(sample, options);
  const proposal = await decide(columns, sample, options);
  const splits = splitColumns(sample, columns, proposal);
  progress(() => 'looks at the texts: languages and tokens');
  const model = process.env['RATCHET_MODEL'];
  const tokenizer = model ? await openTokenizer(model) : null;
  const {otherTexts, ...texts} = await textsOf(sample, columns, proposal, splits, tokenizer);
  const approver = await approverKey(options.key);
  const {rows, malformed, whole} = sample;
  const {yaml, warnings} = projectYaml({
    project: name,
    source,
    proposal,
    columns,
    ...splits,
    ...texts,
    seen: {rows: rows.length, malformed, whole, otherTexts},
    approver: {name: approver.key.name, key: approver.key.publicText},
  });
  refuseUnusable(yaml, file);
  write(folder, yaml);
  const remarks = [
    ...(proposal.remark === undefined ? [] : [proposal.remark]),
    ...warnings,
    ...unreadable(sample),
    ...approverRemarks(approver),
  ];
  return {name, proposal, sample, splits, approver, remarks};
}

function approverRemarks({key, others}: Approver): string[] {
  const alone = `${key.name} is the only person, with one key: \`ratchet keys create recovery --offline FILE\` makes a second one to lock away`;
  if (others.length === 0) return [alone];
  return [
    alone,
    `${key.name} alone may approve, none of your other keys (${others.join(', ')}); --key chooses another`,
  ];
}

function asJson({name, proposal, sample, splits: {group, time}, approver, remarks}: Made, file: string) {
  return {
    project: name,
    file,
    template: proposal.template,
    ...chosenColumns(proposal),
    rows: sample.rows.length,
    malformed: sample.malformed,
    key: approver.key.id,
    keyMade: approver.made,
    remarks,
    answers: proposal.answers.map(({column, why}) => ({
      column: column.name,
      values: column.values.slice(0, 3),
      why,
    })),
    group: group && {column: group.column.name, ...withoutColumn(group)},
    time: time && {column: time.column.name, ...withoutColumn(time)},
  };
}

function tell({proposal, sample, splits, approver, remarks}: Made, folder: string, file: string): void {
  const unread = sample.malformed === 0 ? '' : ` (${sample.malformed} more cannot be read)`;
  print(`${shown(file)}: ${proposal.template}, from ${sample.rows.length} rows${unread}`);
  for (const [role, {column, why}] of Object.entries(chosenColumns(proposal)))
    print(`  ${role.padEnd(9)} ${column}: ${why}`);
  for (const line of [...answerLines(proposal), ...splitLines(splits)]) print(`  ${line}`);
  const {key, made} = approver;
  print(`  ${'approver'.padEnd(9)} ${key.name} (${made ? 'a key made now' : 'a key you had'}: ${key.path})`);
  for (const remark of remarks) print(`  note      ${remark}`);
  print(`\nNow: ${ownCommand()} validate ${shown(folder)}   then: ${ownCommand()} run ${shown(folder)}`);
}

/** Rows to begin with, where nothing is there. */
function exampleData(folder: string, template: Template | undefined): string {
  if (template === undefined)
    throw new RatchetError(
      'InvalidInput',
      `nothing to make a project from: give --from FILE, or --template (${TEMPLATES.join(', ')}) for one with example rows`,
    );
  const {name, text} = exampleFile(template);
  const file = path.join(folder, 'data', name);
  mkdirSync(path.dirname(file), {recursive: true});
  if (!existsSync(file)) writeFileSync(file, text);
  say(`${shown(file)} holds a few invented rows: replace them with yours`);
  return file;
}

async function decide(
  columns: ReturnType<typeof columnsOf>,
  sample: Sample,
  {template, id, text, answer, yes}: InitOptions,
): Promise<Proposal> {
  let wishes: Wishes = {
    ...(template ? {template} : {}),
    ...(id ? {id} : {}),
    ...(text ? {text} : {}),
    ...(answer ? {answer} : {}),
  };
  for (;;) {
    const proposed = proposeTask(columns, sample.rows.length, wishes);
    if (proposed.status === 'unusable')
      throw new RatchetError('InvalidInput', [proposed.reason, ...unreadable(sample)].join('; '));
    const said = await askOpen(proposed.proposal.open, columns, wishes, yes);
    if (said === null) return proposed.proposal;
    wishes = said;
  }
}

function unreadable({malformed, firstMalformed}: Sample): string[] {
  return malformed === 0 ? [] : [`${malformed} records cannot be read; the first: ${firstMalformed}`];
}

/** The answer's samples, and the columns that could have been it: a person sees a wrong choice at once. */
function answerLines({shape, answers}: Proposal): string[] {
  if (shape.of === 'messages') return [];
  const own = shape.answer.column;
  const others = answers.filter(({column}) => column !== own).slice(0, 5);
  return [
    ...(own.distinct <= 50 ? [`${''.padEnd(9)} Values: ${samplesOf(own, 6)}`] : []),
    ...others.map(
      ({column, why}) => `${'not'.padEnd(9)} ${column.name}: ${why}. Values: ${samplesOf(column)}`,
    ),
  ];
}

function splitLines({group, time}: ReturnType<typeof splitColumns>): string[] {
  const line = (role: string, {column, why}: {column: {name: string}; why: string}, taken: string) =>
    `${role.padEnd(9)} ${column.name}: ${why}${taken}`;
  return [
    ...(group ? [line('group', group, group.taken ? '. Its rows stay in one split' : '. Not used')] : []),
    ...(time ? [line('time', time, time.taken ? '. Ready in ratchet.yaml, behind a #' : '')] : []),
  ];
}

function withoutColumn({why, taken}: {readonly why: string; readonly taken: boolean}) {
  return {why, taken};
}

function chosenColumns({id, shape}: Proposal): Record<string, {column: string; why: string}> {
  const plain = ({column, why}: NonNullable<Proposal['id']>) => ({column: column.name, why});
  return {
    ...(id ? {id: plain(id)} : {}),
    ...(shape.of === 'messages'
      ? {messages: plain(shape.messages)}
      : {text: plain(shape.text), answer: plain(shape.answer)}),
  };
}

/** What is written must be what every other command reads. */
function refuseUnusable(yaml: string, file: string): void {
  const loaded = readProject(yaml, gateNames);
  if (loaded.ok) return;
  const lines = loaded.problems.map((problem) => problemLine(shown(file), problem));
  throw new RatchetError('InvalidInput', `this file gives no valid project: ${lines.join('; ')}`);
}

/** The editors' schema lies beside what the project keeps; neither belongs into version control. */
function write(folder: string, yaml: string): void {
  mkdirSync(path.join(folder, '.ratchet'), {recursive: true, mode: 0o700});
  copyFileSync(
    path.join(PACKAGE_ROOT, 'schemas', 'ratchet.schema.json'),
    path.join(folder, '.ratchet', 'ratchet.schema.json'),
  );
  const ignore = path.join(folder, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '.ratchet/\n');
  writeFileSync(path.join(folder, PROJECT_FILE), yaml, {flag: 'wx'});
}
