import {expect, test} from 'vitest';
import {gateNames} from '../../../core/evaluation/gates/gate-names.ts';
import {gateOutlook} from '../../../core/evaluation/gates/outlook.ts';
import {groupColumns, timeColumns} from '../../../core/onboarding/belongings.ts';
import {describeColumns, type Column} from '../../../core/onboarding/columns.ts';
import {exampleFile} from '../../../core/onboarding/example-rows.ts';
import type {Draft} from '../../../core/onboarding/draft.ts';
import {projectName, projectYaml} from '../../../core/onboarding/project-yaml.ts';
import {proposeTask, TEMPLATES} from '../../../core/onboarding/propose.ts';
import {planSizes} from '../../../core/onboarding/sizes.ts';
import {readProject} from '../../../schemas/load-project.ts';

/** A project from rows of one text and these many of each class. */
function drafted(counts: Readonly<Record<string, number>>, column = 'team', text = 'text') {
  const rows = Object.entries(counts).flatMap(([label, n]) =>
    Array.from({length: n}, (_, i) => ({[text]: `a text about ${label}, number ${i}`, [column]: label})),
  );
  const {yaml, warnings} = yamlOf(rows, column);
  const loaded = readProject(yaml, gateNames);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return {config: loaded.config, warnings, rows: rows.length};
}

function yamlOf(
  rows: readonly Readonly<Record<string, string>>[],
  answer: string,
  more: Partial<Draft> = {},
  seen: (column: Column) => Column = (column) => column,
) {
  const columns = describeColumns(rows).map(seen);
  const proposed = proposeTask(columns, rows.length, {answer});
  if (proposed.status === 'unusable') throw new Error(proposed.reason);
  return projectYaml({
    project: 'tickets',
    source: {uri: 'file:rows.csv', format: 'csv'},
    seen: {rows: rows.length, malformed: 0, whole: true, otherTexts: []},
    proposal: proposed.proposal,
    columns,
    group: null,
    time: null,
    ...more,
    languages: ['en'],
    tokens: {most: 40, counted: true},
    shortChars: 20,
    approver: null,
  });
}

test('every gate that is proposed can be decided at the golden rows that are expected', () => {
  const all: Record<string, number>[] = [
    {a: 100, b: 100, c: 100},
    {a: 30, b: 30},
    {spam: 50, ham: 450},
    {a: 2000, b: 3000},
  ];
  for (const counts of all) {
    const {config} = drafted(counts);
    const {golden} = config.curation.split;
    const expected = Object.fromEntries(
      Object.entries(counts).map(([label, n]) => [label, Math.floor(n * golden * 0.9)]),
    );
    const outlook = gateOutlook(config, {team: expected});
    expect(outlook.map(({spec, possible}) => [spec.metric, spec.test, possible])).toEqual(
      outlook.map(({spec}) => [spec.metric, spec.test, 'yes']),
    );
  }
});

test('what this many rows cannot decide is left out, and said', () => {
  const {config, warnings} = drafted({a: 12, b: 12});
  expect(config.gauntlet.gates.map(({test: by}) => by)).toEqual(['superiority', 'at-most']);
  expect(warnings.join('\n')).toMatch(/no gate for retrains: 8 golden rows tell no loss below 20 %/);
  expect(warnings.join('\n')).toMatch(/24 rows are few/);
});

test('a limit that the words of the texts stay below is said to be hard', () => {
  const rows = Array.from({length: 400}, (_, i) => ({
    text: `a text of its own, number ${i}`,
    team: i % 2 === 0 ? 'a' : 'b',
  }));
  const told = (share: number) =>
    yamlOf(rows, 'team', {}, (column) => (column.name === 'team' ? {...column, told: share} : column))
      .warnings;
  expect(told(0.38).join('\n')).toMatch(
    /its words tell 69 % of each class, and the gate at-least 0\.7\d? asks for more: if a first run fails by it/,
  );
  expect(told(0.6).join('\n')).not.toMatch(/asks for more/);
});

test('a class that hardly becomes golden is named with its rows', () => {
  expect(drafted({common: 200, rare: 4}).warnings).toContainEqual(
    expect.stringMatching(/few rows of rare \(4\)/),
  );
});

test('a file without a header line is told by what would be the names of its columns', () => {
  const said = expect.stringMatching(/^the first line looks like a row, not like names of columns/);
  expect(drafted({a: 30, b: 30}, '10000').warnings).toContainEqual(said);
  expect(drafted({a: 30, b: 30}, 'Assigned team 2').warnings).not.toContainEqual(said);
  // The class is called like one of its values, and the text like a text; one of both alone says nothing.
  expect(drafted({spam: 30, ham: 30}, 'spam', 'Win a prize now!').warnings).toContainEqual(said);
  expect(drafted({spam: 30, ham: 30}, 'spam').warnings).not.toContainEqual(said);
  expect(drafted({spam: 30, ham: 30}, 'label', 'What did they write?').warnings).not.toContainEqual(said);
});

test('a text counts once, as a run keeps it: the split is planned for the different ones, and many copies are said', () => {
  const rows = Array.from({length: 400}, (_, i) => ({
    text: `a text, number ${i % 40}`,
    team: i % 2 ? 'a' : 'b',
  }));
  const {yaml, warnings} = yamlOf(rows, 'team');
  expect(warnings).toContain(
    'column "text" holds 40 different texts in 400 rows, and a run keeps one row of each: name another with --text if the model should read something else',
  );
  expect(warnings).toContainEqual(expect.stringMatching(/^40 rows are few/));
  const {goldenRows, trainRows} = planSizes(40);
  expect(yaml).toContain(`# Some ${trainRows} rows to train on`);
  expect(yaml).toContain(`, ${goldenRows} golden ones`);
  expect(drafted({a: 30, b: 30}).warnings.join()).not.toContain('different texts');
});

test('spellings of one class become aliases, their rows count together, and it is said', () => {
  const {config, warnings} = drafted({
    Billing: 4,
    billing: 100,
    bill: 30,
    'back office': 60,
    Back_Office: 3,
    delivery: 90,
    delivry: 1,
  });
  const {labels, label_aliases: aliases} = Object.values(config.tasks)[0]!;
  expect(labels).toEqual(['back office', 'billing', 'delivery']);
  expect(aliases).toEqual({
    Back_Office: 'back office',
    Billing: 'billing',
    bill: 'billing',
    delivry: 'delivery',
  });
  expect(warnings).toContain(
    'other spellings of a class: Back_Office (3) as back office (60); Billing (4), bill (30) as billing (100); delivry (1) as delivery (90); labels in ratchet.yaml lists them',
  );
  expect(warnings.join()).not.toMatch(/few rows of/);
  expect(drafted({a: 30, b: 30}).warnings.join()).not.toMatch(/spellings/);
});

test('a group is written with its reason, and gates count it as one; a time waits behind a #', () => {
  const rows = Array.from({length: 300}, (_, i) => ({
    text: `a text, number ${i}`,
    team: i % 2 ? 'a' : 'b',
    thread: `t${i % 60}`,
    day: '2026-01-01',
  }));
  const columns = describeColumns(rows);
  const [group] = groupColumns(columns, rows, 'text');
  const [time] = timeColumns(columns, rows);
  const {yaml, warnings} = yamlOf(rows, 'team', {group: group!, time: time!});
  const loaded = readProject(yaml, gateNames);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  expect(loaded.config.curation.split).toMatchObject({group: 'thread', golden: 0.2});
  expect(loaded.config.curation.split.time).toBeUndefined();
  expect(yaml).toContain('    # thread: 60 different values in 300 rows');
  expect(yaml).toContain('    # time: day\n');
  expect(warnings).toContain(
    'rows with the same thread count as one in every gate: 60 golden rows as some 12',
  );
});

test('a later release than the first begins with a tenth of the users', () => {
  const {config} = drafted({a: 30, b: 30});
  expect(config.rollout.first).toEqual([{setWeight: 100}]);
  expect(config.rollout.steps[0]).toEqual({setWeight: 10});
});

test('ids that repeat and rows without a label are said', () => {
  const rows = Array.from({length: 100}, (_, i) => ({
    id: String(i === 99 ? 98 : i),
    text: `a text, number ${i}`,
    team: i < 5 ? '' : i % 2 ? 'a' : 'b',
  }));
  expect(yamlOf(rows, 'team').warnings).toEqual(
    expect.arrayContaining([
      'column "id": 1 of 100 rows repeat the id of another, such as "98" in 2 rows; a run keeps one row for each id, take `id` out of fields to keep them all',
      '5 of 100 rows have no "team": a run drops them as no_label',
    ]),
  );
  const half = rows.map((row, i) => ({...row, id: String(i % 70)}));
  expect(yamlOf(half, 'team').warnings).toContainEqual(
    expect.stringMatching(
      /^column "id" is no id: 30 of 100 rows repeat the id of another, such as "0" in 2 rows/,
    ),
  );
});

test('classes that YAML reads as something else, and a column with quotes, stay what they are', () => {
  const {config} = drafted({true: 20, '12': 20, "it's": 20, 'a: b': 20}, "the 'team'");
  expect(Object.values(config.tasks)[0]!.labels).toEqual(['12', 'a: b', "it's", 'true']);
  expect(config.sources[0]!.fields).toEqual({text: 'text', label: "the 'team'"});
});

test('the example rows of each template make a valid project of that template', () => {
  for (const template of TEMPLATES) {
    const {name, text} = exampleFile(template);
    const lines = text.trim().split('\n');
    const rows = name.endsWith('.csv')
      ? lines.slice(1).map((line) => {
          const [, id, body, label] = /^(\d+),"(.*)",(\w+)$/.exec(line)!;
          return {id, text: body, label};
        })
      : lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const proposed = proposeTask(describeColumns(rows), rows.length);
    expect(proposed).toMatchObject({status: 'proposed', proposal: {template, open: []}});
  }
});

test('sizes: a fifth is golden, at least 60 rows where there are enough, at most 300', () => {
  expect(planSizes(300)).toMatchObject({
    golden: 0.2,
    goldenRows: 60,
    trainRows: 216,
    trainedRows: 216,
    epochs: 3,
  });
  expect(planSizes(100)).toMatchObject({golden: 0.4, goldenRows: 40});
  expect(planSizes(10_000)).toMatchObject({golden: 0.03, goldenRows: 300, trainedRows: 480, epochs: 1});
});

test('names of folders and columns become names of projects and tasks', () => {
  expect(projectName('My Tickets 2024', 'x')).toBe('my-tickets-2024');
  expect(projectName('ticketTeam', 'x')).toBe('ticket-team');
  expect(projectName('2024', 'project')).toBe('project');
});
