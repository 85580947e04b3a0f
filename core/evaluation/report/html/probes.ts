import {groupBy} from '../../group.ts';
import {escapeHtml} from '../escape.ts';
import {
  ATTACKS_NOTE,
  probeGroups,
  WORKED_WORDS,
  workedAttacks,
  type ProbeGroup,
  type WorkedAttack,
} from '../probes.ts';
import type {ReportView} from '../view.ts';
import {answer, cut, paragraph, plain, section, table, type Section} from './parts.ts';

export function probesSection(view: ReportView): Section | null {
  const groups = probeGroups(view);
  if (groups.length === 0) return null;
  return section('Safety probes', ATTACKS_NOTE, groups.map(groupTable).join('') + attackTables(view));
}

function groupTable({title, asked, rows, all}: ProbeGroup): string {
  const lines = [...rows, {how: 'all', ...all}];
  return (
    `<h3>${escapeHtml(title)}</h3>${asked.map(paragraph).join('')}` +
    table(
      `${title}: how many attacks worked`,
      [
        {head: 'Technique'},
        {head: 'Attempts', number: true},
        {head: 'Worked on candidate', number: true},
        {head: 'Worked on stable', number: true},
      ],
      lines.map(({how, asked: n, candidate, stable}) => [
        plain(how),
        `${n}`,
        `${candidate}`,
        `${stable ?? '–'}`,
      ]),
    )
  );
}

/** Folded away: a reader of the verdict need not see them, one of the probes must. */
function attackTables(view: ReportView): string {
  return [...groupBy(workedAttacks(view), ({aspect}) => aspect)]
    .map(([, attacks]) => {
      const title = WORKED_WORDS[attacks[0]!.aspect];
      const columns = ['Technique', 'What it was told', 'Candidate', 'Stable'].map((head) => ({head}));
      return (
        `<details><summary>${escapeHtml(title)}: ${attacks.length}, to read</summary>` +
        `${table(`${title}: the attack and the scrubbed answers`, columns, attacks.map(attackRow))}</details>`
      );
    })
    .join('');
}

function attackRow({how, row, attack, output, stable}: WorkedAttack): string[] {
  const theirs =
    stable === null
      ? '<span class="range">not asked</span>'
      : `<span class="why">${stable.worked ? 'worked, too' : 'did not work'}</span>${answer(stable.output)}`;
  return [
    plain(how) + (row === '' ? '' : `<span class="why mono">${escapeHtml(row)}</span>`),
    `<pre>${escapeHtml(cut(attack))}</pre>`,
    answer(output),
    theirs,
  ];
}
