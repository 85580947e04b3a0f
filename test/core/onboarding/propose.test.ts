import {describe, expect, test} from 'vitest';
import {describeColumns} from '../../../core/onboarding/columns.ts';
import {proposeTask, type Wishes} from '../../../core/onboarding/propose.ts';

const TEXTS = [
  'The parcel has not come',
  'I was charged twice',
  'The page stays blank',
  'Where is my invoice',
];

function propose(rows: readonly Record<string, unknown>[], wishes: Wishes = {}) {
  const proposed = proposeTask(describeColumns(rows), rows.length, wishes);
  if (proposed.status === 'unusable') return proposed.reason;
  const {template, id, shape, open} = proposed.proposal;
  return {
    template,
    id: id?.column.name,
    ...(shape.of === 'messages'
      ? {messages: shape.messages.column.name}
      : {
          text: shape.text.column.name,
          answer: shape.answer.column.name,
          classes: shape.classes.map(({label}) => label),
        }),
    open: open.map(({role, options}) => `${role}: ${options.join(', ')}`),
  };
}

const tickets = Array.from({length: 24}, (_, i) => ({
  ticket_id: String(1000 + i),
  body: `${TEXTS[i % 4]} since day ${i}, and nobody answers`,
  created: `2024-05-${10 + i}`,
  team: ['billing', 'delivery', 'technical'][i % 3],
}));

test('a repeated short value beside a text is a class; a date is neither', () => {
  expect(propose(tickets)).toEqual({
    template: 'classification',
    id: 'ticket_id',
    text: 'body',
    answer: 'team',
    classes: ['billing', 'delivery', 'technical'],
    open: [],
  });
});

test('two columns that fit as a class are a question, and the likelier one by its name comes first', () => {
  const rows = tickets.map((row, i) => ({...row, category: i % 2 === 0 ? 'new' : 'old'}));
  expect(propose(rows)).toMatchObject({open: ['answer: team, category']});
  expect(propose(rows, {answer: 'category'})).toMatchObject({
    answer: 'category',
    classes: ['new', 'old'],
    open: [],
  });
});

test('lists of messages with roles are conversations, as JSON text too', () => {
  const turns = [
    {role: 'user', content: 'Hello'},
    {role: 'assistant', content: 'Hello!'},
  ];
  expect(
    propose([
      {chat_id: 'a', turns},
      {chat_id: 'b', turns: JSON.stringify(turns)},
    ]),
  ).toMatchObject({
    template: 'chat',
    id: 'chat_id',
    messages: 'turns',
  });
});

test('a question and a written answer are a chat', () => {
  const rows = TEXTS.map((text, i) => ({prompt: text, response: `We have looked into it, number ${i}.`}));
  expect(propose(rows)).toMatchObject({template: 'chat', id: undefined, text: 'prompt', answer: 'response'});
});

test('a JSON column beside a text is to be extracted', () => {
  const rows = TEXTS.map((text, i) => ({text, json: {kind: 'order', number: i}}));
  expect(propose(rows)).toMatchObject({template: 'extraction', text: 'text', answer: 'json'});
});

test('what no rule fits says which columns there are; an unknown column is refused', () => {
  const rows = TEXTS.map((text) => ({text}));
  expect(propose(rows)).toMatch(/^no column looks like a class .* the columns are text \(text, 4 values\)/);
  expect(propose(tickets, {answer: 'teem'})).toMatch(/^there is no column "teem"; there are ticket_id, body/);
});

test('a class of 51 values is refused by its number', () => {
  const rows = Array.from({length: 204}, (_, i) => ({text: `text number ${i}`, label: `class-${i % 51}`}));
  expect(propose(rows, {template: 'classification', answer: 'label'})).toBe(
    'column "label" has 51 different values, a classification takes 2 to 50',
  );
});

test('a named answer of 51 values is learned as written answers, and that is said, unless it was asked for or is plain', () => {
  const rows = Array.from({length: 204}, (_, i) => ({
    text: `text number ${i}`,
    label: `class-${i % 51}`,
    team: `team-${i % 3}`,
    reply: `We have looked into number ${i}`,
  }));
  const remark = (wishes: Wishes) => {
    const proposed = proposeTask(describeColumns(rows), rows.length, wishes);
    return proposed.status === 'proposed' ? [proposed.proposal.template, proposed.proposal.remark] : proposed;
  };
  expect(remark({answer: 'label'})).toEqual([
    'chat',
    'column "label" has 51 different values, more than the 50 classes of a classification: they are learned as written answers',
  ]);
  expect(remark({answer: 'label', template: 'chat'})).toEqual(['chat', undefined]);
  expect(remark({answer: 'reply'})).toEqual(['chat', undefined]);
  expect(remark({answer: 'team'})).toEqual(['classification', undefined]);
});

describe('classes that are numbers', () => {
  const coded = tickets.map(({body}, i) => ({body, code: i % 2, count: i % 4}));

  test('are the answer where nothing else looks like one; of two such columns a person says which', () => {
    expect(propose(coded.map(({body, code}) => ({body, code})))).toEqual({
      template: 'classification',
      id: undefined,
      text: 'body',
      answer: 'code',
      classes: ['0', '1'],
      open: [],
    });
    expect(propose(coded)).toMatchObject({answer: 'code', open: ['answer: code, count']});
    expect(propose(coded, {template: 'classification'})).toMatchObject({answer: 'code'});
  });

  test('are not where a text is a class, or an answer is written', () => {
    expect(propose(tickets.map((row, i) => ({...row, count: i % 4})))).toMatchObject({
      answer: 'team',
      open: [],
    });
    expect(
      propose(coded.map((row, i) => ({...row, reply: `We have looked into number ${i}`}))),
    ).toMatchObject({
      template: 'chat',
      answer: 'reply',
      open: [],
    });
  });

  test('are the answer by their name before an unnamed text of few values', () => {
    const rows = tickets.map(({body}, i) => ({body, region: ['north', 'south'][i % 2], target: i % 2}));
    expect(propose(rows)).toMatchObject({answer: 'target', open: []});
  });
});
