import type {Column} from './columns.ts';
import {spelledClasses, type Spelled} from './spellings.ts';
import {
  answerCandidates,
  askedCandidates,
  CLOSE,
  codedLabelCandidates,
  conversationCandidates,
  FITS,
  idCandidates,
  isClear,
  labelCandidates,
  LEAST_CLASSES,
  MOST_CLASSES,
  structuredCandidates,
  textCandidates,
  type Role,
} from './roles.ts';

export const TEMPLATES = ['classification', 'chat', 'extraction'] as const;
export type Template = (typeof TEMPLATES)[number];

/** What a person has said; what is missing is decided by the rules. */
export interface Wishes {
  readonly template?: Template;
  readonly id?: string;
  readonly text?: string;
  /** The class, the written answer, or the JSON to extract. */
  readonly answer?: string;
}

/** Which column is what, with why, as the comments of the YAML say it. */
export interface Proposal {
  readonly template: Template;
  readonly why: string;
  /** Undefined: the rows are named by their content. */
  readonly id?: Chosen;
  /** A conversation in one column, or an input text and what is the answer to it. */
  readonly shape:
    | {readonly of: 'messages'; readonly messages: Chosen}
    | {
        readonly of: 'pair';
        readonly text: Chosen;
        readonly answer: Chosen;
        /** Of a classification: the classes with their spellings, in the order of their names. */
        readonly classes: readonly Spelled[];
      };
  /** Columns that could be the answer, and why, the likeliest first; those that fit badly among them. */
  readonly answers: readonly Chosen[];
  /** What a person should look at: where two columns fit nearly as well. */
  readonly open: readonly Question[];
  /** What a person may not expect, in one line. */
  readonly remark?: string;
}
export interface Chosen {
  readonly column: Column;
  readonly why: string;
}
export interface Question {
  readonly role: 'template' | 'text' | 'answer';
  /** In the order of their scores: names of columns, or of templates. */
  readonly options: readonly string[];
}
export type Proposed =
  | {readonly status: 'proposed'; readonly proposal: Proposal}
  | {readonly status: 'unusable'; readonly reason: string};

/**
 * The task that a table is for, by what its columns hold. In this order: conversations → chat; a JSON column → extraction; a
 * written answer beside a question → chat; 2 to 50 repeated short values beside a text → classification. A wish goes before
 * a rule. Unusable, with the reason, where no rule fits.
 */
export function proposeTask(columns: readonly Column[], rows: number, wishes: Wishes = {}): Proposed {
  for (const name of [wishes.id, wishes.text, wishes.answer])
    if (name !== undefined && !columns.some((column) => column.name === name))
      return unusable(`there is no column "${name}"; there are ${columns.map((c) => c.name).join(', ')}`);
  const id = chosen(wishes.id, idCandidates(columns, rows), columns);
  const taken = id === undefined ? [] : [id.column.name];
  const rest = columns.filter(({name}) => !taken.includes(name));
  const candidates: Record<Template, Proposed> = {
    chat: chat(rest, id, wishes),
    extraction: pair('extraction', structuredCandidates(rest), rest, id, wishes),
    classification: classification(rest, id, wishes),
  };
  // Classes may be coded as numbers, or as yes and no: looked for last, since many columns hold such.
  const orCoded = (plain: Proposed): Proposed =>
    plain.status === 'proposed' || wishes.answer !== undefined
      ? plain
      : pair('classification', codedLabelCandidates(rest), rest, id, wishes);
  const wished = wishes.template ?? templateOf(rest, wishes);
  if (wished !== undefined) {
    const proposed = wished === 'classification' ? orCoded(candidates[wished]) : candidates[wished];
    const remark = tooManyClasses(wished, rest, wishes);
    return proposed.status === 'proposed' && remark !== undefined
      ? {status: 'proposed', proposal: {...proposed.proposal, remark}}
      : proposed;
  }
  if (conversationCandidates(rest).length > 0) return candidates.chat;
  const found = (['extraction', 'chat', 'classification'] as const).filter(
    (template) => candidates[template].status === 'proposed',
  );
  const [first] = found;
  if (first === undefined) {
    const coded = orCoded(candidates.classification);
    if (coded.status === 'proposed') return coded;
    return unusable(
      `no column looks like a class (${LEAST_CLASSES} to ${MOST_CLASSES} repeated short values), a conversation, a written answer or JSON; the columns are ${columns.map(shown).join(', ')}. Name them: --template, --text and --answer`,
    );
  }
  const best = candidates[first] as Extract<Proposed, {status: 'proposed'}>;
  if (found.length === 1) return best;
  const open = [{role: 'template' as const, options: found}, ...best.proposal.open];
  return {status: 'proposed', proposal: {...best.proposal, open}};
}

/** What an answer column that a person has named is: JSON, a written answer, or by its number of values. */
function templateOf(columns: readonly Column[], {answer}: Wishes): Template | undefined {
  const column = columns.find(({name}) => name === answer);
  if (column === undefined) return undefined;
  const is = (role: Role): boolean => role.some((one) => one.column === column);
  if (is(structuredCandidates(columns))) return 'extraction';
  if (is(answerCandidates(columns))) return 'chat';
  return column.distinct <= MOST_CLASSES ? 'classification' : 'chat';
}

/** That a named answer is taken for written ones only because it has more values than a classification has classes. */
function tooManyClasses(template: Template, columns: readonly Column[], wishes: Wishes): string | undefined {
  const column = columns.find(({name}) => name === wishes.answer);
  if (column === undefined || wishes.template !== undefined || template !== 'chat') return undefined;
  if (answerCandidates(columns).some((one) => one.column === column)) return undefined;
  return `column "${column.name}" has ${column.distinct} different values, more than the ${MOST_CLASSES} classes of a classification: they are learned as written answers`;
}

function classification(columns: readonly Column[], id: Chosen | undefined, wishes: Wishes): Proposed {
  const named = columns.find(({name}) => name === wishes.answer);
  if (named && (named.distinct < LEAST_CLASSES || named.distinct > MOST_CLASSES))
    return unusable(
      `column "${named.name}" has ${named.distinct} different values, a classification takes ${LEAST_CLASSES} to ${MOST_CLASSES}`,
    );
  return pair('classification', labelCandidates(columns), columns, id, wishes);
}

function chat(columns: readonly Column[], id: Chosen | undefined, wishes: Wishes): Proposed {
  const conversations = conversationCandidates(columns);
  const messages = chosen(
    wishes.text === undefined && wishes.answer === undefined ? undefined : wishes.text,
    conversations,
    columns,
  );
  if (messages?.column.conversation)
    return {
      status: 'proposed',
      proposal: {
        template: 'chat',
        why: `column "${messages.column.name}" holds conversations`,
        ...(id ? {id} : {}),
        shape: {of: 'messages', messages},
        answers: [],
        open: [],
      },
    };
  return pair('chat', answerCandidates(columns), columns, id, wishes);
}

/** What each template calls its answer column. */
const ANSWER: Record<Template, string> = {
  classification: 'a class',
  chat: 'a written answer',
  extraction: 'the JSON to extract',
};

function pair(
  template: Template,
  answers: Role,
  columns: readonly Column[],
  id: Chosen | undefined,
  wishes: Wishes,
): Proposed {
  const answer = chosen(wishes.answer, answers, columns);
  if (answer === undefined)
    return unusable(`no column looks like ${ANSWER[template]}: name it with --answer`);
  const texts =
    template === 'chat'
      ? askedCandidates(columns, [answer.column.name])
      : textCandidates(columns, [answer.column.name]);
  const text = chosen(wishes.text, texts, columns);
  if (text === undefined) return unusable('no column looks like a text: name it with --text');
  const open: Question[] = [];
  if (wishes.answer === undefined && !isClear(answers)) open.push(question('answer', answers));
  if (wishes.text === undefined && !isClear(texts)) open.push(question('text', texts));
  return {
    status: 'proposed',
    proposal: {
      template,
      why: `column "${answer.column.name}" is ${ANSWER[template]}: ${answer.why}`,
      ...(id ? {id} : {}),
      shape: {
        of: 'pair',
        text,
        answer,
        classes: template === 'classification' ? spelledClasses(answer.column.values) : [],
      },
      answers: answers.map(({column, why}) => ({column, why})),
      open,
    },
  };
}

function chosen(wish: string | undefined, role: Role, columns: readonly Column[]): Chosen | undefined {
  if (wish !== undefined) {
    const column = columns.find(({name}) => name === wish);
    return column && {column, why: 'as you said'};
  }
  const [first] = role;
  return first !== undefined && first.score >= FITS ? {column: first.column, why: first.why} : undefined;
}

function question(role: Question['role'], candidates: Role): Question {
  const close = candidates.filter(({score}) => candidates[0]!.score - score < CLOSE);
  return {role, options: close.slice(0, 5).map(({column}) => column.name)};
}

function shown({name, kind, distinct}: Column): string {
  return `${name} (${kind}, ${distinct} values)`;
}

function unusable(reason: string): Proposed {
  return {status: 'unusable', reason};
}
