import type {Column} from './columns.ts';

/** A column that may play a role, with how well it fits (0 … 1) and why, in words for people. */
export interface Candidate {
  readonly column: Column;
  readonly score: number;
  readonly why: string;
}

/** Candidates of one role, the best first. */
export type Role = readonly Candidate[];

/** From here on a candidate is taken. */
export const FITS = 0.5;
/** Two candidates that are nearer than this are a question for a person. */
export const CLOSE = 0.15;

/** Classes of a classification. */
export const LEAST_CLASSES = 2;
export const MOST_CLASSES = 50;
/** A class as an answer: longer ones are texts. */
const LONGEST_CLASS = 40;

/** All rules look at the name's words: `ticket_id`, `ticketId` and `Ticket ID` are the same. */
export function named(column: Pick<Column, 'name'>, words: readonly string[]): boolean {
  const own = column.name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
  return own.some((word) => words.includes(word));
}

export const ID: readonly string[] = [
  'id',
  'uuid',
  'guid',
  'key',
  'no',
  'nr',
  'number',
  'ref',
  'hash',
  'index',
];
const LABEL = [
  'label',
  'labels',
  'class',
  'category',
  'team',
  'intent',
  'type',
  'sentiment',
  'topic',
  'tag',
  'queue',
  'department',
  'priority',
  'spam',
  'kind',
  'group',
  'rating',
  'severity',
  'product',
  'language',
  'target',
  'stars',
  'polarity',
  'emotion',
  'toxic',
  'toxicity',
  'genre',
  'stance',
  'verdict',
  'gold',
];
/** Of these names, those of columns that only describe a text just as often. */
const OFTEN_OTHERWISE = ['product', 'language', 'group', 'type', 'kind', 'tag', 'genre'];
const TEXT = [
  'text',
  'body',
  'message',
  'content',
  'description',
  'ticket',
  'review',
  'comment',
  'mail',
  'email',
  'subject',
  'title',
  'document',
  'sentence',
  'utterance',
  'note',
  'post',
  'tweet',
  'article',
];
const ASKED = ['prompt', 'question', 'instruction', 'input', 'query', 'user', 'request', 'ask'];
const ANSWERED = [
  'response',
  'answer',
  'completion',
  'output',
  'reply',
  'assistant',
  'target',
  'chosen',
  'summary',
];
/** Where a text comes from: what rows belong to together. */
export const GROUP: readonly string[] = [
  'thread',
  'conversation',
  'session',
  'dialog',
  'dialogue',
  'call',
  'case',
  'speech',
  'debate',
  'parent',
  'user',
  'customer',
  'client',
  'author',
  'speaker',
  'reviewer',
  'sender',
  'account',
  'patient',
  'person',
  'document',
  'doc',
  'article',
  'page',
  'url',
  'file',
  'book',
  'chapter',
  'episode',
  'meeting',
];
const TARGET = [...ANSWERED, 'json', 'extraction', 'extracted', 'entities', 'fields', 'data', 'result'];

/** An id may repeat in this share of the rows: exports that were joined hold some rows twice. */
const REPEATED_IDS = 0.1;

/**
 * id: every row has one and no two the same. By its name .9, and .8 where some repeat; else a short word without spaces .6.
 * Without such a column the rows' content names them.
 */
export function idCandidates(columns: readonly Column[], rows: number): Role {
  return ranked(columns, (column) => {
    if (column.filled < rows || rows < 2) return null;
    if (!['text', 'number'].includes(column.kind) || column.longest > 64) return null;
    if (column.distinct < rows)
      return named(column, ID) && rows - column.distinct <= REPEATED_IDS * rows
        ? [0.8, `by its name; ${rows - column.distinct} of ${rows} rows repeat the id of another`]
        : null;
    const spaced = column.values.some(([value]) => /\s/.test(value));
    if (named(column, ID)) return [0.9, 'by its name; every row has one, and no two the same'];
    return spaced || column.chars > 40 || named(column, TEXT)
      ? null
      : [0.6, 'every row has one, no two the same, and it is a short word'];
  });
}

/** Below this a text says nothing of a column's values; from the other on it says enough of them. */
const TELLS_NOTHING = 0.1;
const TELLS_ENOUGH = 0.3;

/**
 * label: 2 to 50 different short values, each in 3 rows on the average. What the text tells of them decides: .5, up to .35 more
 * the better it tells them apart, .1 less where it tells nothing. Names add .14 at most, so that of two columns that a text
 * tells apart a person says which is meant. Where too few rows show that: .55, and .35 more by the name. Numbers with many
 * values and yes/no columns without such a name are less likely ones; what names where a text comes from is none.
 */
export function labelCandidates(columns: readonly Column[]): Role {
  return ranked(columns, (column) => {
    const {filled, distinct, kind, longest, told} = column;
    if (distinct < LEAST_CLASSES || distinct > MOST_CLASSES || filled < 3 * distinct) return null;
    if (!['text', 'number', 'boolean'].includes(kind) || longest > LONGEST_CLASS) return null;
    const byName = named(column, LABEL);
    const coded = kind !== 'text' && !byName;
    const belongs = named(column, GROUP) && !byName;
    const score =
      told === undefined
        ? 0.55 + (byName ? 0.35 : 0) - (coded ? 0.2 : 0)
        : 0.5 +
          0.35 * Math.min(1, told / TELLS_ENOUGH) -
          (told < TELLS_NOTHING ? 0.1 : 0) +
          (!byName ? 0 : named(column, OFTEN_OTHERWISE) ? 0.07 : 0.14) -
          (coded ? 0.1 : kind === 'text' ? 0 : 0.03);
    const why = [
      `${distinct} different values`,
      ...(told === undefined ? [] : [toldWords(told)]),
      ...(byName ? ['and by its name'] : []),
      ...(belongs ? ['but its name says where a text comes from'] : []),
    ];
    return [score - (belongs ? 0.3 : 0), why.join(', ')];
  });
}

function toldWords(told: number): string {
  if (told < TELLS_NOTHING) return 'which the words of the text do not tell apart';
  return `which the words of the text tell apart (score ${Math.round(100 * told)}, a guess is 0, always right 100)`;
}

/**
 * label, where no column is one by the rules above: numbers and yes/no columns, whatever their names, since data for
 * classifiers often codes its classes.
 */
export function codedLabelCandidates(columns: readonly Column[]): Role {
  return labelCandidates(columns).map(({column, score, why}) => ({
    column,
    score: Math.max(score, FITS),
    why: `${why}, and nothing else looks like an answer`,
  }));
}

/** text: the longest text there is, .4 by its share of that length; .4 more by its name. */
export function textCandidates(columns: readonly Column[], taken: readonly string[] = []): Role {
  const open = columns.filter(({name, kind}) => kind === 'text' && !taken.includes(name));
  const longest = Math.max(1, ...open.map(({chars}) => chars));
  return ranked(open, (column) => {
    if (column.chars < 3 || column.distinct < 2) return null;
    const byName = named(column, TEXT) || named(column, ASKED);
    const score = 0.2 + 0.4 * (column.chars / longest) + (byName ? 0.4 : 0);
    return [
      Math.min(1, score),
      `${column.chars} characters at the median${byName ? ', and by its name' : ''}`,
    ];
  });
}

/** messages: every value is a list of messages with a role. */
export function conversationCandidates(columns: readonly Column[]): Role {
  return ranked(columns, (column) =>
    column.conversation
      ? [
          named(column, ['messages', 'conversation', 'turns', 'chat']) ? 1 : 0.9,
          'lists of messages with roles',
        ]
      : null,
  );
}

/** A written answer: text that is named as one, and hardly ever the same twice, as a class would be. */
export function answerCandidates(columns: readonly Column[]): Role {
  return ranked(columns, (column) =>
    column.kind === 'text' && named(column, ANSWERED) && 3 * column.distinct > column.filled
      ? [0.9, 'by its name, and its texts differ']
      : null,
  );
}

/** What is to be extracted: JSON objects (or texts that hold one), .7; by its name .95. */
export function structuredCandidates(columns: readonly Column[]): Role {
  return ranked(columns, (column) => {
    if (column.conversation || !['object', 'list', 'json'].includes(column.kind)) return null;
    return named(column, TARGET) ? [0.95, 'JSON, and by its name'] : [0.7, 'JSON'];
  });
}

/** Named as a question or an input; what stands beside a written answer. */
export function askedCandidates(columns: readonly Column[], taken: readonly string[]): Role {
  const texts = textCandidates(columns, taken);
  return texts
    .map((one) => (named(one.column, ASKED) ? {...one, score: Math.min(1, one.score + 0.2)} : one))
    .sort((a, b) => b.score - a.score);
}

/** The best one is far enough ahead; else a person should say. */
export function isClear([first, second]: Role): boolean {
  return first !== undefined && (second === undefined || first.score - second.score >= CLOSE);
}

function ranked(
  columns: readonly Column[],
  judge: (column: Column) => readonly [score: number, why: string] | null,
): Role {
  return columns
    .flatMap((column) => {
      const judged = judge(column);
      return judged === null ? [] : [{column, score: judged[0], why: judged[1]}];
    })
    .sort((a, b) => b.score - a.score);
}
