import type {ProjectConfig} from '../../schemas/project.ts';
import type {Column} from './columns.ts';
import {draftWarnings, independent, shownColumn} from './draft-warnings.ts';
import type {Draft} from './draft.ts';
import {proposeGates, type ProposedGate} from './propose-gates.ts';
import type {Proposal} from './propose.ts';
import {planSizes, type Sizes} from './sizes.ts';
import type {Spelled} from './spellings.ts';
import {flow, flowList, plain, quoted} from './yaml-text.ts';

/** Probes of each kind: more cost time in every gauntlet. */
const PROBE_ROWS = 16;

/** A commented ratchet.yaml, and what its user should know at once: a gate that cannot be decided, a class with few rows. */
export function projectYaml(draft: Draft): {readonly yaml: string; readonly warnings: readonly string[]} {
  const {proposal, seen} = draft;
  // Of rows with the same text one stays, and none of an empty one.
  const kept = shownColumn(proposal).distinct;
  const sizes = planSizes(kept);
  const task = taskName(proposal);
  const goldenShare = (sizes.golden * kept) / Math.max(1, seen.rows);
  const golden = expectedGolden(proposal, goldenShare * independent(draft));
  const {gates, left} = proposeGates(task, shapeOf(proposal, task), golden, PROBE_ROWS);
  const maxInput = Math.min(256, Math.max(32, Math.ceil(draft.tokens.most / 32) * 32));
  const sections = [
    head(draft),
    sourceLines(draft),
    ['tasks:', `  ${task}:`, ...taskLines(proposal, sizes, isEven(proposal), maxInput, draft.tokens)],
    curationLines(draft, sizes),
    trainingLines(sizes, sequenceLength(proposal, maxInput)),
    gauntletLines(gates, left),
    approvalLines(draft),
    ROLLOUT,
  ];
  const yaml = sections
    .flatMap((lines) => [...lines, ''])
    // A column's name may hold a line break.
    .map((line) => line.replace(/[\r\n]+/g, ' '))
    .join('\n');
  return {yaml, warnings: draftWarnings(draft, {goldenShare, kept, left, gates})};
}

function head({project, seen, source}: Draft): string[] {
  const rows = `${seen.whole ? 'all' : 'the first'} ${seen.rows} rows of ${source.uri}`;
  const without = seen.malformed > 0 ? `, without ${seen.malformed} that cannot be read` : '';
  return [
    '# yaml-language-server: $schema=./.ratchet/ratchet.schema.json',
    `# Made by \`ratchet init\` from ${rows}${without}. Every key: docs/settings.md.`,
    '# Look at it, change what is wrong, then: ratchet validate, ratchet run',
    'version: 1',
    `project: ${project}`,
  ];
}

function sourceLines({proposal, seen, source}: Draft): string[] {
  return [
    `# ${proposal.why}.`,
    proposal.id
      ? `# id: "${proposal.id.column.name}", ${proposal.id.why}.`
      : '# No column names the rows: a hash of the content does. With one, `id: COLUMN`, a corrected row stays the same row.',
    ...shapeComments(proposal, seen.otherTexts),
    'sources:',
    '  - name: rows',
    `    uri: ${quoted(source.uri)}`,
    `    format: ${source.format}`,
    `    fields: ${flow(fieldsOf(proposal))}`,
    `input: {format: ${proposal.shape.of === 'messages' ? 'chat' : 'text'}}`,
  ];
}

function curationLines(draft: Draft, sizes: Sizes): string[] {
  const {languages, shortChars} = draft;
  return [
    'curation:',
    languages.length > 0
      ? `  languages: ${flowList(languages)} # of most rows; others are dropped, [] keeps all`
      : '  languages: [] # every language stays',
    `  min_chars: ${Math.max(1, Math.min(20, shortChars))}`,
    `  # Some ${sizes.trainRows} rows to train on, ${sizes.validationRows} to validate, ${sizes.goldenRows} golden ones that no training sees and the gates are decided on.`,
    ...splitLines(draft, sizes),
  ];
}

function trainingLines({trainedRows, epochs}: Sizes, sequenceLen: number): string[] {
  return [
    `# ${trainedRows} rows, ${epochs} time${epochs === 1 ? '' : 's'}: minutes on a laptop.`,
    'training:',
    '  lora_r: 8',
    '  lora_alpha: 16',
    '  learning_rate: 7e-4',
    '  warmup_steps: 6',
    '  micro_batch_size: 8',
    `  num_epochs: ${epochs}`,
    `  sequence_len: ${sequenceLen}`,
  ];
}

function gauntletLines(gates: readonly ProposedGate[], left: readonly string[]): string[] {
  return [
    '# What a candidate has to pass. Only gates that this many rows can decide; `ratchet validate` says what each one takes.',
    'gauntlet:',
    '  general_rows: 24',
    `  probe_rows: ${PROBE_ROWS}`,
    '  perplexity_rows: 32',
    '  gates:',
    ...gates.map(gateLine),
    ...left.map((line) => `    # ${line}`),
  ];
}

function approvalLines({approver}: Draft): string[] {
  return [
    'approval:',
    '  starter_may_approve: true # you start and approve alone; leave it out where a second person approves',
    approver
      ? `  approvers: [{name: ${approver.name}, key: '${approver.key}', roles: [approver]}]`
      : '  approvers: [] # `ratchet keys create NAME` makes a key and prints the line; without one nothing can be approved',
  ];
}

const ROLLOUT = [
  '# A first release replaces a bare base model that nobody uses: it gets everybody at once. Every later one answers a tenth of',
  '# the users until you say `ratchet promote`; an analysis may say it instead (docs/evaluation.md).',
  'rollout:',
  '  first: [{setWeight: 100}]',
  '  steps: [{setWeight: 10}, {pause: {}}, {setWeight: 100}]',
];

/** `Team Name` → `team-name`; the template's own word where nothing is left. */
export function taskName({template, shape}: Proposal): string {
  if (template === 'chat') return 'reply';
  if (template === 'extraction') return 'extract';
  return projectName(shape.of === 'pair' ? shape.answer.column.name : '', 'label');
}

/** A name as projects and tasks have it: 2 to 41 small letters, digits and dashes, a letter first. */
export function projectName(text: string, otherwise: string): string {
  const name = text
    .normalize('NFKD')
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 41);
  return name.length >= 2 ? name : otherwise;
}

function fieldsOf({id, shape}: Proposal): Record<string, string> {
  return {
    ...(id ? {id: id.column.name} : {}),
    ...(shape.of === 'messages'
      ? {messages: shape.messages.column.name}
      : {text: shape.text.column.name, label: shape.answer.column.name}),
  };
}

function splitLines({group, time}: Draft, sizes: Sizes): string[] {
  const shares = [`validation: ${sizes.validation}`, `golden: ${sizes.golden}`, 'traffic: 0'];
  const proposed: string[] = [];
  if (group !== null)
    proposed.push(
      `    # ${group.column.name}: ${group.why}. Rows with the same value stay in one split: alike texts in training and golden set flatter the figures.`,
      `    ${group.taken ? '' : '# '}group: ${plain(group.column.name)}`,
    );
  if (time !== null)
    proposed.push(
      time.taken
        ? `    # ${time.column.name}: ${time.why}. Without the # the latest rows are golden: a model is measured on what came after its training data.`
        : `    # ${time.column.name} is no time to split by: ${time.why}.`,
      ...(time.taken ? [`    # time: ${plain(time.column.name)}`] : []),
    );
  if (proposed.length === 0) return [`  split: {${shares.join(', ')}}`];
  return ['  split:', ...shares.map((one) => `    ${one}`), ...proposed];
}

function shapeComments({shape, open, answers}: Proposal, otherTexts: readonly string[]): string[] {
  if (shape.of === 'messages') return [`# messages: "${shape.messages.column.name}", ${shape.messages.why}.`];
  const {text, answer} = shape;
  return [
    `# text: "${text.column.name}", ${text.why}.`,
    `# label: "${answer.column.name}", ${answer.why}.`,
    ...open.map(
      ({role, options}) =>
        `# Unsure: as ${role}, ${options.join(' and ')} fit nearly as well; the first one was taken.`,
    ),
    ...answers
      .filter(({column}) => column !== answer.column)
      .slice(0, OTHERS)
      .map(({column, why}) => `# Not the label: "${column.name}" (${samplesOf(column)}), ${why}.`),
    ...(otherTexts.length > 0
      ? [
          `# Not shown to the model: ${otherTexts.join(', ')}. To show several columns: input: {format: record, fields: [A, B]}, inputs: [A, B].`,
        ]
      : []),
  ];
}

/** Columns that are named as no answer. */
const OTHERS = 5;

/** Its most frequent values, each cut to a few words: `up (120), down (80), …` */
export function samplesOf({values, distinct}: Column, most = 3): string {
  const shown = values.slice(0, most).map(([value, n]) => {
    const line = value.replace(/\s+/g, ' ');
    return `${line.length > 24 ? `${line.slice(0, 23)}…` : line} (${n})`;
  });
  return [...shown, ...(distinct > most ? ['…'] : [])].join(', ');
}

/** A list, or a map where classes have other spellings. */
function labelLines(classes: readonly Spelled[]): string[] {
  if (classes.every(({aliases}) => aliases.length === 0))
    return [`    labels: ${flowList(classes.map(({label}) => label))}`];
  return [
    '    labels: # each with its other spellings in the rows; take out what is another class',
    ...classes.map(({label, aliases}) => `      ${plain(label)}: ${flowList(aliases)}`),
  ];
}

function taskLines(
  {template, shape}: Proposal,
  {trainRows, trainedRows}: Sizes,
  even: boolean,
  maxInput: number,
  tokens: Draft['tokens'],
): string[] {
  const length = `    max_input_tokens: ${maxInput} # longer texts are cut; 95 % have at most ${tokens.most}${tokens.counted ? '' : ', guessed from their characters'}`;
  const mix = [
    ...(trainRows > trainedRows ? [`rows: ${trainedRows}`] : []),
    ...(even ? ['balance: class'] : []),
  ];
  const train = mix.length > 0 ? [`    train: {${mix.join(', ')}}`] : [];
  if (shape.of === 'messages')
    return [
      '    kind: chat',
      '    format: chat # the model’s own chat template',
      '    inputs: [messages]',
      "    prompt: '{{messages}}'",
      length,
      '    max_output_tokens: 128',
      ...train,
    ];
  if (template === 'classification')
    return [
      '    kind: classification',
      ...labelLines(shape.classes),
      '    inputs: [text]',
      `    prompt: ${JSON.stringify(
        `Text: {{text}}\n\n${questionFor(
          shape.answer.column.name,
          shape.classes.map(({label}) => label),
        )} Answer:`,
      )}`,
      length,
      ...train,
    ];
  if (template === 'extraction')
    return [
      '    kind: chat # writes the JSON that the label column holds',
      '    inputs: [text]',
      '    prompt: "Text: {{text}}\\n\\nJSON:"',
      '    stop: ["\\n"]',
      length,
      `    max_output_tokens: ${outputTokens(shape.answer.column.longest)}`,
      ...train,
    ];
  return [
    '    kind: chat',
    '    format: chat # the model’s own chat template',
    '    inputs: [text]',
    "    prompt: '{{text}}'",
    length,
    `    max_output_tokens: ${outputTokens(shape.answer.column.longest)}`,
    ...train,
  ];
}

/** More classes than these are not listed in every prompt. */
const LISTED = 10;
function questionFor(column: string, classes: readonly string[]): string {
  const name = column.replace(/[_-]+/g, ' ').replace(/[{}]/g, '');
  if (classes.length > LISTED) return `What is its ${name}?`;
  return `What is its ${name}: ${classes.slice(0, -1).join(', ')} or ${classes.at(-1)}?`;
}

function outputTokens(longest: number): number {
  return Math.min(256, Math.max(32, Math.ceil(longest / 4 / 32) * 32));
}

function sequenceLength({template, shape}: Proposal, maxInput: number): number {
  const answer =
    shape.of === 'messages'
      ? 128
      : template === 'classification'
        ? 16
        : outputTokens(shape.answer.column.longest);
  const prompt = shape.of === 'pair' ? 48 + 8 * Math.min(LISTED, shape.classes.length) : 64;
  return Math.ceil((maxInput + answer + prompt) / 64) * 64;
}

function shapeOf(proposal: Proposal, task: string): ProjectConfig['tasks'] {
  const {template, shape} = proposal;
  const labels =
    template === 'classification' && shape.of === 'pair'
      ? {labels: shape.classes.map(({label}) => label)}
      : {};
  return {
    [task]: {kind: template === 'classification' ? 'classification' : 'chat', ...labels},
  } as unknown as ProjectConfig['tasks'];
}

/** Rows of each class that are expected to be golden: nine tenths, since a hash decides and duplicates leave. */
function expectedGolden({template, shape}: Proposal, share: number): Record<string, number> {
  const rows = (n: number): number => Math.floor(n * share * 0.9);
  if (template === 'classification' && shape.of === 'pair')
    return Object.fromEntries(shape.classes.map(({label, rows: n}) => [label, rows(n)]));
  const filled = shape.of === 'messages' ? shape.messages.column.filled : shape.answer.column.filled;
  return {'': rows(filled)};
}

function isEven({template, shape}: Proposal): boolean {
  if (template !== 'classification' || shape.of !== 'pair') return false;
  const counts = shape.classes.map(({rows}) => rows);
  return Math.min(...counts) * counts.length >= counts.reduce((sum, n) => sum + n, 0) / 2;
}

function gateLine({gate, note}: ProposedGate): string {
  const entries = Object.entries(gate).map(([key, value]) => `${key}: ${String(value)}`);
  return `    - {${entries.join(', ')}} # ${note}`;
}
