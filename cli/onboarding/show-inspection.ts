import {total} from '../../core/onboarding/rendered.ts';
import {styled, table} from '../output.ts';
import {count, counts} from '../show.ts';
import {estimateLine} from './estimate-line.ts';
import type {Inspection} from './inspect.ts';

/** The inspection as a page of text. */
export function shownInspection(seen: Inspection, currency: string): string {
  const {lengths, hiddenSystem} = seen;
  const parts = [
    ['From the source to the dataset', recordsTable(seen)],
    ['Rows for each task', tasksTable(seen)],
    ['What a run uses of them', usedTable(seen)],
    ['Personal data replaced', counts(seen.scrubbed)],
    ...(lengths === null
      ? []
      : [
          [
            'Tokens of prompt and answer',
            `median ${lengths.median}, most ${lengths.most}; ${lengths.cut} of ${lengths.rows} rows cut`,
          ],
        ]),
    ...(hiddenSystem === null
      ? []
      : [
          [
            'System prompt of the model’s chat template',
            `"${hiddenSystem.text}"\nThe template adds it to ${hiddenSystem.tasks.join(', ')}, in training and in every answer: set \`system\` there to write your own.`,
          ],
        ]),
    ...(seen.shown.length > 0
      ? [[`${seen.shown.length} rows as the model will see them`, seen.shown.map(rowText).join('\n\n')]]
      : []),
    [
      'Gates, at this many golden rows',
      table(
        ['gate', 'when', '', 'items', 'what it takes'],
        seen.gates.map(({spec, possible, items, reason}) => [
          `${spec.metric} ${spec.test}`,
          spec.when,
          `${spec.required ? 'required' : 'advisory'}${possible === 'no' ? ', cannot pass' : ''}`,
          items === 0 ? '–' : count(items),
          reason,
        ]),
        'none',
      ),
    ],
    ['A run, roughly', estimateLine(seen.estimate, currency)],
  ] as const;
  return parts.map(([title, text]) => `${styled('bold', title)}\n${text}`).join('\n\n');
}

/** Every record that is there, down to the rows that are kept: the lines add up. */
function recordsTable({sources, drops}: Inspection): string {
  const sum = (of: 'records' | 'read' | 'kept'): number => sources.reduce((all, one) => all + one[of], 0);
  const [records, read, kept] = [sum('records'), sum('read'), sum('kept')];
  return table(
    ['', 'rows', ''],
    [
      ...sources.map(({name, records: n, whole}) => [
        `records of ${name}`,
        count(n),
        whole ? 'all of it' : 'its beginning (--rows)',
      ]),
      ...(records > read ? [['− above limit', count(records - read), '`limit` of the source']] : []),
      ...Object.entries(drops).map(([rule, {rows, first}]) => [
        `− ${rule}`,
        count(rows),
        `one of them: ${first}`,
      ]),
      ['= in the dataset', count(kept), ''],
    ],
    'none',
  );
}

function usedTable({used}: Inspection): string {
  return table(
    ['task', 'for', 'used', 'of', ''],
    Object.entries(used).flatMap(([task, {train, validation, golden}]) =>
      (
        [
          ['training', train],
          ['validation', validation],
          ['gates', golden],
        ] as const
      ).map(([what, {used: n, of, why}]) => [task, what, count(n), count(of), why]),
    ),
    'none',
  );
}

function tasksTable({tasks}: Inspection): string {
  return table(
    ['task', 'split', 'rows', 'by class'],
    Object.entries(tasks).flatMap(([task, splits]) =>
      Object.entries(splits)
        .filter(([, labels]) => total(labels) > 0)
        .map(([split, labels]) => [
          task,
          split,
          count(total(labels)),
          Object.keys(labels).some((label) => label !== '') ? counts(labels) : '–',
        ]),
    ),
    'none',
  );
}

function rowText({id, task, split, prompt, completion, truncated}: Inspection['shown'][number]): string {
  const head = `${id}, ${split}, for ${task}${truncated ? ', cut' : ''}`;
  const body = `${prompt}${styled('green', completion)}`.split('\n');
  return [styled('dim', head), ...body.map((line) => `  | ${line}`)].join('\n');
}
