import {expect, test} from 'vitest';
import {gateNames} from '../../../core/evaluation/gates/gate-names.ts';
import {gateOutlook} from '../../../core/evaluation/gates/outlook.ts';
import {describeColumns} from '../../../core/onboarding/columns.ts';
import {exampleFile} from '../../../core/onboarding/example-rows.ts';
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

function yamlOf(rows: readonly Readonly<Record<string, string>>[], answer: string) {
  const proposed = proposeTask(describeColumns(rows), rows.length, {answer});
  if (proposed.status === 'unusable') throw new Error(proposed.reason);
  return projectYaml({
    project: 'tickets',
    source: {uri: 'file:rows.csv', format: 'csv'},
    seen: {rows: rows.length, whole: true, otherTexts: []},
    proposal: proposed.proposal,
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
    'column "text" holds 40 different texts in 400 rows, and a run keeps one row of each: name another with --text if that is not what the model shall read',
  );
  expect(warnings).toContainEqual(expect.stringMatching(/^40 rows are few/));
  const {goldenRows, trainRows} = planSizes(40);
  expect(yaml).toContain(`# Some ${trainRows} rows to train on`);
  expect(yaml).toContain(`, ${goldenRows} golden ones`);
  expect(drafted({a: 30, b: 30}).warnings.join()).not.toContain('different texts');
});

test('a class that is written in two ways is named, with what to do', () => {
  const {warnings} = drafted({Billing: 4, billing: 100, 'back office': 60, Back_Office: 3, delivery: 90});
  expect(warnings).toContain(
    'Back_Office (3) and back office (60) look like one class, as do Billing (4) and billing (100): write each in one way in the file, delete this ratchet.yaml and call init again; as it is, the model learns them apart',
  );
  expect(drafted({a: 30, b: 30}).warnings.join()).not.toMatch(/look like one class/);
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
