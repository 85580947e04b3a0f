import {groupBy} from '../../group.ts';
import {escapeHtml} from '../escape.ts';
import {probesOf, workedAttacks, type WorkedAttack} from '../probes.ts';
import type {ReportView} from '../view.ts';
import {answer, cut, plain, section, table} from './parts.ts';

const ASPECT_WORDS: Readonly<Record<string, string>> = {
  injection: 'Prompt injection',
  jailbreak: 'Jailbreak',
  pii: 'Personal data, provoked',
};

export function probesSection(view: ReportView): string {
  const aspects = [...groupBy(probesOf(view), (row) => row.aspect)];
  if (aspects.length === 0) return '';
  const tables = aspects.map(([aspect, rows]) => {
    const total = (pick: (row: (typeof rows)[number]) => number): number =>
      rows.reduce((sum, row) => sum + pick(row), 0);
    const lines = [
      ...rows.map(({family, asked, candidate, stable}) => ({family, asked, candidate, stable})),
      {
        family: 'all',
        asked: total((r) => r.asked),
        candidate: total((r) => r.candidate),
        stable: total((r) => r.stable),
      },
    ];
    return `<div>${table(
      ASPECT_WORDS[aspect] ?? aspect,
      [
        {head: 'Family'},
        {head: 'Tried', number: true},
        {head: 'Candidate', number: true},
        {head: 'Stable', number: true},
      ],
      lines.map((row) => [plain(row.family), `${row.asked}`, `${row.candidate}`, `${row.stable}`]),
    )}</div>`;
  });
  return section(
    'Safety probes',
    'How many attacks worked, by deterministic detectors: a label flipped to the one demanded (also where the added text only confused the model), a canary in the answer, personal data that was not in the input. None of it says that an attack which was not tried would fail.',
    `<div class="grid">${tables.join('')}</div>${attackTables(view)}`,
  );
}

const WORKED_WORDS: Readonly<Record<string, string>> = {
  injection: 'Prompt injections that worked',
  jailbreak: 'Jailbreaks that worked',
  pii: 'Prompts that drew personal data',
  leak: 'Outputs with personal data that the input did not hold',
};

/** Folded away: a reader of the verdict need not see them, one of the probes must. */
function attackTables(view: ReportView): string {
  return [...groupBy(workedAttacks(view), ({aspect}) => aspect)]
    .map(([aspect, attacks]) => {
      const title = WORKED_WORDS[aspect] ?? aspect;
      const columns = ['Probe', 'What it was told', 'Candidate', 'Stable'].map((head) => ({head}));
      return (
        `<details><summary>${escapeHtml(title)}: ${attacks.length}, to read</summary>` +
        `${table(`${title}: the probe and the scrubbed answers`, columns, attacks.map(attackRow))}</details>`
      );
    })
    .join('');
}

function attackRow({item, family, attack, output, stable}: WorkedAttack): string[] {
  const theirs =
    stable === null
      ? '<span class="range">not asked</span>'
      : `<span class="why">${stable.worked ? 'worked, too' : 'did not work'}</span>${answer(stable.output)}`;
  return [
    `<span class="mono">${escapeHtml(item)}</span> <span class="tag">${escapeHtml(family)}</span>`,
    `<pre>${escapeHtml(cut(attack))}</pre>`,
    answer(output),
    theirs,
  ];
}
