import {total} from '../../core/onboarding/rendered.ts';
import {styled, table} from '../output.ts';
import {count, counts} from '../show.ts';
import {estimateLine} from './estimate-line.ts';
import type {Inspection} from './inspect.ts';

/** The inspection as a page of text. */
export function shownInspection(seen: Inspection, currency: string): string {
  const dropped = Object.entries(seen.drops);
  const {lengths} = seen;
  const parts = [
    ['Records', sourcesTable(seen)],
    ...(dropped.length > 0
      ? [
          [
            'Dropped',
            table(
              ['rule', 'records', 'one of them'],
              dropped.map(([rule, {rows, first}]) => [rule, count(rows), first]),
              '',
            ),
          ],
        ]
      : []),
    ['Rows for each task', tasksTable(seen)],
    ['Personal data replaced', counts(seen.scrubbed)],
    ...(lengths === null
      ? []
      : [
          [
            'Tokens of prompt and answer',
            `median ${lengths.median}, most ${lengths.most}; ${lengths.cut} of ${lengths.rows} rows cut`,
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

function sourcesTable({sources}: Inspection): string {
  return table(
    ['source', 'read', 'kept', ''],
    sources.map(({name, read, kept, whole}) => [
      name,
      count(read),
      count(kept),
      whole ? 'all of it' : 'its beginning',
    ]),
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
