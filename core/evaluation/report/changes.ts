import {differentAreas, sameAreas} from '../../releases/in-words.ts';
import type {AreaInWords} from '../../releases/in-words.ts';
import {count} from '../../wording/figures.ts';
import type {ReportView} from './view.ts';

/** So many short values of an area stand on the first screen; the rest is left to the section. */
const IN_BRIEF = 2;

/** What differs from stable, on one line: `model; prompts (1 line added, 1 removed); data (150 rows came, 40 went).` */
export function changesLine({diff}: Pick<ReportView, 'diff'>): string {
  const areas = differentAreas(diff);
  if (areas.length === 0) return 'nothing: every part is the same.';
  const named = areas.map((area) => {
    const beside = area.title === 'Data' ? rowsBeside(diff.rows) : linesBeside(area);
    return `${area.title.toLowerCase()}${beside === '' ? '' : ` (${beside})`}`;
  });
  return `${named.join('; ')}.`;
}

/** The same with the first values of each area, and what did not change. */
export function changesInBrief({diff}: Pick<ReportView, 'diff'>): string[] {
  const areas = differentAreas(diff).map((area) => {
    const {title, rows, texts, unread} = area;
    if (unread !== null) return `${title}: cannot be compared.`;
    const all = [
      ...texts.map(({part}, i) => `${part}${i === 0 ? ` (${linesBeside(area)})` : ''}`),
      ...rows.map(({part, before, after}) => `${part} ${before} → ${after}`),
    ];
    const more = all.length > IN_BRIEF ? `; ${all.length - IN_BRIEF} more` : '';
    const beside = title === 'Data' ? rowsBeside(diff.rows) : '';
    return `${title}: ${all.slice(0, IN_BRIEF).join('; ')}${more}${beside === '' ? '' : `; ${beside}`}.`;
  });
  return [...areas, sameAreas(diff)].filter((line) => line !== null);
}

function linesBeside({texts}: AreaInWords): string {
  if (texts.length === 0) return '';
  const of = (sign: string): number =>
    texts.flatMap(({lines}) => lines).filter((line) => line.sign === sign).length;
  const added = of('+');
  return `${count(added)} ${added === 1 ? 'line' : 'lines'} added, ${count(of('-'))} removed`;
}

function rowsBeside(rows: ReportView['diff']['rows']): string {
  if (rows === null || 'unread' in rows) return '';
  return `${count(rows.after)} rows came, ${count(rows.before)} went`;
}
