import type {Column} from './columns.ts';
import type {Draft} from './draft.ts';
import type {ProposedGate} from './propose-gates.ts';
import type {Proposal} from './propose.ts';
import {idCandidates, ID, named} from './roles.ts';

/** What the user of a drafted project should know at once, a line each. */
export function draftWarnings(
  draft: Draft,
  {
    goldenShare,
    kept,
    left,
    gates,
  }: {
    readonly goldenShare: number;
    readonly kept: number;
    readonly left: readonly string[];
    readonly gates: readonly ProposedGate[];
  },
): string[] {
  const {proposal} = draft;
  return [
    ...headerless(proposal),
    ...repeatedIds(draft),
    ...otherSpellings(proposal),
    ...unlabelled(draft),
    ...repeatedTexts(proposal),
    ...countedAsOne(draft, goldenShare),
    ...left,
    ...rareClasses(proposal, goldenShare),
    ...hardToTell(proposal, gates),
    ...fewRows(kept),
  ];
}

export function shownColumn({shape}: Proposal): Column {
  return shape.of === 'messages' ? shape.messages.column : shape.text.column;
}

/** An id that several rows have names none of them: which rows leave is said before a run drops them. */
function repeatedIds({proposal, columns, group, seen}: Draft): string[] {
  const repeats = ({filled, distinct, values}: Column): string =>
    `${filled - distinct} of ${filled} rows repeat the id of another, such as "${values[0]![0]}" in ${values[0]![1]} rows`;
  if (proposal.id !== undefined) {
    const {column} = proposal.id;
    return column.distinct === column.filled
      ? []
      : [
          `column "${column.name}": ${repeats(column)}; a run keeps one row for each id, take \`id\` out of fields to keep them all`,
        ];
  }
  const like = columns.find(
    (column) =>
      column !== group?.column &&
      named(column, ID) &&
      column.filled === seen.rows &&
      column.distinct < column.filled &&
      2 * column.distinct > column.filled &&
      idCandidates([column], seen.rows).length === 0,
  );
  return like === undefined
    ? []
    : [
        `column "${like.name}" is no id: ${repeats(like)}; rows are named by their content, --id ${like.name} takes it anyway`,
      ];
}

/** Spellings that are taken for one class: a person sees whether they are. */
function otherSpellings({template, shape}: Proposal): string[] {
  if (template !== 'classification' || shape.of !== 'pair') return [];
  const merged = shape.classes.filter(({aliases}) => aliases.length > 0);
  if (merged.length === 0) return [];
  const rows = new Map(shape.answer.column.values);
  const said = merged.map(
    ({label, aliases}) =>
      `${aliases.map((alias) => `${alias} (${rows.get(alias) ?? 0})`).join(', ')} as ${label} (${rows.get(label) ?? 0})`,
  );
  return [`other spellings of a class: ${said.join('; ')}; labels in ratchet.yaml lists them`];
}

/** Gates count groups, not rows, so the figures below are smaller than the rows are. */
function countedAsOne(draft: Draft, goldenShare: number): string[] {
  const {group, seen} = draft;
  if (group === null || !group.taken) return [];
  const golden = Math.round(goldenShare * seen.rows);
  return [
    `rows with the same ${group.column.name} count as one in every gate: ${golden} golden rows as some ${Math.round(golden * independent(draft))}`,
  ];
}

/** Rows for each group are no independent ones: in the worst case a group is one. */
export function independent({group, seen}: Pick<Draft, 'group' | 'seen'>): number {
  if (group === null || !group.taken) return 1;
  const {filled, distinct} = group.column;
  return (seen.rows - filled + distinct) / Math.max(1, seen.rows);
}

function unlabelled({proposal: {shape}, seen}: Draft): string[] {
  if (shape.of !== 'pair') return [];
  const {name, filled} = shape.answer.column;
  return filled === seen.rows
    ? []
    : [`${seen.rows - filled} of ${seen.rows} rows have no "${name}": a run drops them as no_label`];
}

/** A column whose values repeat is rather a category than a text. */
function repeatedTexts(proposal: Proposal): string[] {
  const {name, filled, distinct} = shownColumn(proposal);
  return distinct * 2 <= filled
    ? [
        `column "${name}" holds ${distinct} different texts in ${filled} rows, and a run keeps one row of each: name another with --text if the model should read something else`,
      ]
    : [];
}

/**
 * Names of columns are words; those of a file without a header line are the first row's number, or its whole text: a long
 * one, or one of some words beside a class that is called like one of its values.
 */
const LONGEST_NAME = 80;
const WORDS_OF_A_TEXT = 4;
function headerless({id, shape}: Proposal): string[] {
  const chosen = shape.of === 'pair' ? [shape.text, shape.answer] : [shape.messages];
  const names = [...(id ? [id] : []), ...chosen].map(({column}) => column.name);
  const ownValue =
    shape.of === 'pair' && shape.answer.column.values.some(([value]) => value === shape.answer.column.name);
  const isText = (name: string): boolean =>
    name.length > LONGEST_NAME || (ownValue && name.split(/\s+/).length >= WORDS_OF_A_TEXT);
  return names.some((name) => isText(name) || /^\d+$/.test(name))
    ? [
        'the first line looks like a row, not like names of columns: put a header line above it, delete this ratchet.yaml and call init again',
      ]
    : [];
}

function rareClasses({template, shape}: Proposal, share: number): string[] {
  if (template !== 'classification' || shape.of !== 'pair') return [];
  const rare = shape.classes.filter(({rows}) => rows * share < 3);
  if (rare.length === 0) return [];
  return [
    `few rows of ${rare.map(({label, rows}) => `${label} (${rows})`).join(', ')}: without a golden row of each class its gates are inconclusive; add rows, or merge the class with another`,
  ];
}

/** A limit that the words alone stay below may be more than a small model reaches: said before a first run fails by it. */
function hardToTell({shape}: Proposal, gates: readonly ProposedGate[]): string[] {
  const told = shape.of === 'pair' ? shape.answer.column.told : undefined;
  const limit = gates.find(({gate}) => gate.test === 'at-least')?.gate.limit;
  if (told === undefined || limit === undefined || shape.of !== 'pair') return [];
  // `told` is 0 at a guess, 1 where all are right.
  const right = told + (1 - told) / Math.max(2, shape.classes.length);
  return right >= limit
    ? []
    : [
        `its words tell ${Math.round(right * 100)} % of each class, and the gate at-least ${limit} asks for more: if a first run fails by it, lower its limit in ratchet.yaml to what is enough for you`,
      ];
}

function fewRows(rows: number): string[] {
  return rows < 60
    ? [
        `${rows} rows are few: gates are decided on a fraction of them, and most of what a model could gain cannot be shown`,
      ]
    : [];
}
