import {styleText} from 'node:util';
import {visible, visibleLine} from '../telemetry/visible.ts';

/** Exit codes of every command. */
export const Exit = {
  /** Done. */
  done: 0,
  /** It ran and failed, a gate did not pass, or a service was away. */
  failed: 1,
  /** The call or its input cannot be used. */
  usage: 2,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];

/**
 * A result: for people on lines, or with --json as one JSON document. Nothing else goes to standard output. What users,
 * models and documents wrote is in it, so nothing of it acts on the terminal: only what `styled` added is a sequence.
 */
export function print(text: string): void {
  process.stdout.write(`${forTerminal(text)}\n`);
}
export function printJson(value: unknown): void {
  // Still the same document: JSON's own escapes, of characters that stand in strings alone.
  process.stdout.write(`${visible(JSON.stringify(value, null, 2))}\n`);
}

/** Progress and remarks: on standard error, so that standard output stays the result. */
export function say(line: string): void {
  process.stderr.write(`${forTerminal(line)}\n`);
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'gray' | 'reset';

/** Between styled and forTerminal a sequence stands as its number between two noncharacters, which no terminal acts on. */
const MARKED = /\ufdd0(0|1|2|22|3[1236]|39|90)\ufdd1/g;

/** Coloured where standard output is a terminal that shows colours; NO_COLOR is respected. */
export function styled(style: Style, text: string): string {
  return styleText(style, '\ufdd2', {stream: process.stdout})
    .replace(/\x1b\[(\d+)m/g, '\ufdd0$1\ufdd1')
    .replace('\ufdd2', () => text);
}

/** What may be written to a terminal: the styles as sequences, everything else that would act on it escaped. */
export function forTerminal(text: string): string {
  const colours = styleText('bold', 'x', {stream: process.stdout}) !== 'x';
  return text
    .split(MARKED)
    .map((part, i) => (i % 2 === 0 ? visible(part) : colours ? `\x1b[${part}m` : ''))
    .join('');
}

/** Columns aligned by their widest cell, each cell on its line; the header in bold. Empty rows: the line `nothing`. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  nothing: string,
): string {
  if (rows.length === 0) return nothing;
  const shown = rows.map((row) => row.map(visibleLine));
  const widths = header.map((cell, i) => Math.max(cell.length, ...shown.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [styled('bold', line(header)), ...shown.map(line)].join('\n');
}
