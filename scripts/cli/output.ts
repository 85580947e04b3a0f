import {styleText} from 'node:util';

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

/** A result: for people on lines, or with --json as one JSON document. Nothing else goes to standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Progress and remarks: on standard error, so that standard output stays the result. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export type Style = Parameters<typeof styleText>[0];

/** Coloured where standard output is a terminal that shows colours; NO_COLOR is respected. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, {stream: process.stdout});
}

/** Columns aligned by their widest cell; the header in bold. Empty rows: the line `nothing`. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  nothing: string,
): string {
  if (rows.length === 0) return nothing;
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [styled('bold', line(header)), ...rows.map(line)].join('\n');
}
