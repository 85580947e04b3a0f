import type {KeptBlow, KeptCase, Results} from './results.ts';

export const HEADER = [
  'Case',
  'Faults',
  'During',
  'Back after',
  'Work continued after',
  'Run',
  'Result',
] as const;

/** One row a case, as text. */
export function rowsOf({cases}: Pick<Results, 'cases'>): string[][] {
  return Object.entries(cases).map(([name, one]) => {
    const {blows, seconds} = one;
    return [
      name,
      blows.length === 0 ? '–' : `${blows.length}`,
      blows.length === 1 ? blows[0]!.at : '–',
      slowest(blows.map(({back}) => back)),
      wentOn(blows),
      one.inconclusive === null ? `${seconds.toFixed(0)} s` : '–',
      cameOut(one),
    ];
  });
}

/** The same as a Markdown table. */
export function markdown(results: Pick<Results, 'cases'>): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(HEADER), line(HEADER.map(() => '---')), ...rowsOf(results).map(line)].join('\n');
}

function cameOut({wrong, inconclusive}: KeptCase): string {
  if (inconclusive !== null) return `inconclusive: ${inconclusive}`;
  return wrong.length === 0 ? 'as undisturbed' : wrong.join('; ');
}

function slowest(seconds: readonly (number | null)[]): string {
  const known = seconds.filter((one) => one !== null);
  return known.length === 0 ? '–' : `${Math.max(...known).toFixed(1)} s`;
}

/** The slowest; where nothing was seen to go on, why. */
function wentOn(blows: readonly KeptBlow[]): string {
  const resumed = blows.flatMap((blow) => (blow.resumed === null ? [] : [blow.resumed]));
  const [last] = resumed.filter(({seconds}) => seconds !== null).sort((a, b) => b.seconds! - a.seconds!);
  if (last) return `${last.seconds!.toFixed(1)} s (${last.by})`;
  return resumed[0]?.by ?? '–';
}
