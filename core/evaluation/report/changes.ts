import {differentAreas, rowsInWords, sameAreas} from '../../releases/in-words.ts';
import type {ReportView} from './view.ts';

/** Short values of so many parts stand on the first screen; the rest is left to the section. */
const IN_BRIEF = 3;

/** What differs from stable, in a line or two: `Prompts: tasks.triage.prompt (2 lines added, 1 removed). Input and index are the same.` */
export function changesInBrief({diff}: Pick<ReportView, 'diff'>): string {
  const areas = differentAreas(diff).map(({title, rows, texts, unread}) => {
    if (unread !== null) return `${title} cannot be compared.`;
    const all = [
      ...texts.map(({part, lines}) => {
        const [added, removed] = ['+', '-'].map((sign) => lines.filter((line) => line.sign === sign).length);
        return `${part} (lines: ${added} added, ${removed} removed)`;
      }),
      ...rows.map(({part, before, after}) => `${part} ${before} → ${after}`),
    ];
    const more = all.length > IN_BRIEF ? `; and ${all.length - IN_BRIEF} more` : '';
    return `${title}: ${all.slice(0, IN_BRIEF).join('; ')}${more}.`;
  });
  const rows = diff.rows === null ? [] : [rowsInWords(diff.rows)];
  return [...areas, ...rows, sameAreas(diff)].filter((one) => one !== null).join(' ');
}
